'use strict';
// A merchant's endpoint for the payment webhook qrPagado:  node merchant.js <config.json>
//
// It re-expresses the page's "Confirmación de pago con JWS" with jsonwebtoken. Prints its URL.
// The path says how it answers: /right, or a mistake by name.

const fs = require('node:fs');
const http = require('node:http');
const jwt = require('jsonwebtoken');

const config = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const success = { codReturn: '0', txtReturn: 'SUCCESS' };
const sign = (answer, options = { noTimestamp: true }) =>
  jwt.sign(answer, config.private_key, { algorithm: 'RS256', ...options });

function answer(mistake, body) {
  const isSigned = 'payload' in body;
  const webhook = isSigned
    ? jwt.verify(body.payload, config.provider_certificate, { algorithms: ['RS256'] })
    : body;
  const { importe, pago } = webhook.qrPagado;
  if (Number(importe) !== pago.importe || pago.estado !== 'PAGADO') throw new Error('not a payment');
  const plain = { header: success };
  const right = isSigned ? { ...success, payload: sign(plain) } : plain;
  switch (mistake) {
    case 'flat':
      return success;
    case 'number':
      return { header: { ...success, codReturn: 0 } };
    case 'header':
      return plain;
    case 'iat':
      return { ...success, payload: sign(plain, {}) };
    case 'empty':
      return undefined;
    default:
      return right;
  }
}

const server = http.createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  try {
    const said = answer(request.url.slice(1), JSON.parse(text));
    response.setHeader('Content-Type', 'application/json').end(said && JSON.stringify(said));
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
