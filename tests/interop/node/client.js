'use strict';
// An integrator's client in Node:  node client.js <provider> <case> <config.json>
//
// config.json is the provider's part of GET /_emulator/credentials; nothing else is known. Each
// call prints a line of JSON. The case `good` is right, every other one is a mistake by name.

const crypto = require('node:crypto');
const fs = require('node:fs');
const jwt = require('jsonwebtoken');

const [provider, scenario, file] = process.argv.slice(2);
const config = JSON.parse(fs.readFileSync(file, 'utf8'));

async function send(call, path, options, read) {
  const response = await fetch(config.base_url + path, options);
  const text = await response.text();
  const diagnosis = response.headers.get('emulator-diagnosis') ?? '';
  console.log(
    JSON.stringify({
      call,
      status: response.status,
      exchange: Number(response.headers.get('emulator-exchange')),
      diagnosis,
      answer: String(read(text) ?? ''),
    }),
  );
  return text;
}

const json = (body, headers = {}) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const digits = (count) => String(crypto.randomInt(10 ** (count - 1), 10 ** count));

// GestoPago: the datasheet prints no code; Node's own crypto, as clients in use have it.
async function gestopago() {
  const login = await send(
    'token',
    '/sistema/app/jwt-gp/authenticate/',
    {
      method: 'POST',
      body: new URLSearchParams({
        idDistribuidor: config.idDistribuidor,
        codigoDispositivo: config.codigoDispositivo,
        password: config.password,
      }),
    },
    (text) => JSON.parse(text).success,
  );
  const headers = { Authorization: `Bearer ${JSON.parse(login).token}` };
  const code = (text) => /<CODIGO>(\d+)<\/CODIGO>/.exec(text)?.[1];
  if (scenario === 'good') await send('getBalance', '/sistema/service/getBalance.do', { headers }, code);

  const sale = JSON.stringify({
    idProducto: 298,
    idServicio: 115,
    telefono: `55${digits(8)}`,
    horaLocal: new Date().toISOString().replace(/\D/g, '').slice(0, 14),
    upc: digits(10),
  });
  const cipher = crypto.createCipheriv(
    'aes-256-cbc',
    Buffer.from(config.aes_key, 'base64'),
    Buffer.from(config.aes_iv, 'base64'),
  );
  const signed =
    scenario === 'not-encrypted'
      ? Buffer.from(sale).toString('base64')
      : cipher.update(sale, 'utf8', 'base64') + cipher.final('base64');
  const body = new URLSearchParams({ signed });
  await send('sendTx', '/sistema/service/sendTx.do', { method: 'POST', headers, body }, code);
}

// Placetopay: the page prints PHP; this is how it reads in Node.
async function placetopay() {
  const auth = (algorithm) => {
    const nonce = crypto.randomBytes(16);
    const now = new Date();
    if (scenario === 'slow-clock') now.setMinutes(now.getMinutes() - 6);
    const seed = now.toISOString();
    const hash = crypto.createHash(algorithm);
    hash.update(scenario === 'nonce-text' ? nonce.toString('base64') : nonce);
    const tranKey = hash.update(seed + config.secretKey).digest('base64');
    return { login: config.login, tranKey, nonce: nonce.toString('base64'), seed };
  };
  const create = (algorithm) =>
    send(
      'create',
      '/api/session',
      json({
        auth: auth(algorithm),
        locale: 'es_CO',
        payment: {
          reference: `N${digits(9)}`,
          description: 'Two tickets',
          amount: { currency: 'COP', total: 115000 },
        },
        expiration: new Date(Date.now() + 1800e3).toISOString(),
        returnUrl: 'https://shop.test/back',
        ipAddress: '127.0.0.1',
        userAgent: 'interop',
      }),
      (text) => JSON.parse(text).status.status,
    );
  const session = JSON.parse(await create(scenario === 'sha1' ? 'sha1' : 'sha256'));
  if (session.requestId) {
    const path = `/api/session/${session.requestId}`;
    await send('query', path, json({ auth: auth('sha256') }), (t) => JSON.parse(t).status.status);
  }
}

// Tesabiz: re-expresses the page's NodeJS sample, jwt.sign with noTimestamp and jwt.verify.
async function tesabiz() {
  const message = {
    infoTx: { sisOrigen: config.sisOrigen },
    qrCobro: {
      idTrans: digits(13),
      codMoneda: 'BOB',
      importe: 1700,
      glosa: 'Trámite CI',
      fechaVencimiento: '2099-12-31',
      usoUnico: true,
      cuentaAbono: 'CUENTA1_BOB',
    },
  };
  const payload = {
    good: () => jwt.sign(message, config.private_key, { algorithm: 'RS256', noTimestamp: true }),
    iat: () => jwt.sign(message, config.private_key, { algorithm: 'RS256' }),
    // jsonwebtoken will not take a private key as an HMAC secret, but it takes a certificate.
    hs256: () => jwt.sign(message, config.certificate, { algorithm: 'HS256', noTimestamp: true }),
    'alg-none': () => jwt.sign(message, '', { algorithm: 'none', noTimestamp: true }),
  }[scenario]();
  const body = json({ code: config.code, payload });
  await send('jws.encript', '/tesabiz-ws-security/sc/jws/encript', body, (text) => {
    const answer = JSON.parse(text);
    if (answer.codReturn !== '0') return answer.codReturn;
    const inner = jwt.verify(answer.payload, config.provider_public_key, { algorithms: ['RS256'] });
    // The page speaks of the certificate; jsonwebtoken takes that as well.
    jwt.verify(answer.payload, config.provider_certificate, { algorithms: ['RS256'] });
    return `${answer.codReturn}/${inner.header.codReturn}`;
  });
}

// Goat: re-expresses the page's JAVASCRIPT sample without the option `expireIn`, with which the
// library throws; `iat` and `exp` are in the claims already.
async function goat() {
  const called = '/oauth/app/token';
  const now = scenario === 'milliseconds' ? Date.now() : Math.floor(Date.now() / 1000);
  const claims = {
    aud: scenario === 'called-url' ? config.base_url + called : config.audience,
    iss: config.clientId,
    iat: now,
    exp: now + 3600,
    sub: config.clientId,
  };
  const header = { alg: 'ES256', kid: config.keyId };
  const token = jwt.sign(claims, config.private_key, { algorithm: 'ES256', header });
  let bearer = token;
  if (scenario !== 'assertion-as-bearer') {
    const body = { appId: config.clientId, token, grantType: 'client_credentials' };
    const granted = await send('token', called, json(body), (t) => JSON.parse(t).type);
    bearer = JSON.parse(granted).accessToken;
  }
  if (bearer) {
    const headers = { Authorization: `Bearer ${bearer}` };
    await send('whoami', '/v1/whoami', { headers }, (text) =>
      Object.values(JSON.parse(text)).includes(config.clientId),
    );
  }
}

// Pagsmile: the page has no sample in JavaScript; the rule of its Java one.
async function pagsmile() {
  const sign = (params) => {
    const names = Object.keys(params).filter((name) => params[name] !== null && params[name] !== '');
    if (scenario !== 'unsorted') names.sort();
    const text = names.map((name) => `${name}=${params[name]}`).join('&');
    const signed = scenario === 'json-signed' ? JSON.stringify(params) : text;
    return crypto.createHash('sha256').update(signed + config.app_key).digest('hex');
  };
  const call = (name, path, body) =>
    send(name, path, json(body, { AppId: config.app_id, Authorization: sign(body) }), (text) =>
      JSON.parse(text).code,
    );
  await call('create', '/api/payout', {
    name: 'Test User Name',
    account_type: 'Email',
    account: 'pagsmile_test_paid@pagsmile.com',
    document_type: 'CPF',
    document_id: '11032341882',
    fee_bear: 'merchant',
    amount: scenario === 'numeric' ? 1.5 : '10.00',
    source_currency: 'USD',
    arrival_currency: 'BRL',
    notify_url: 'https://shop.test/webhook',
    custom_code: `node_${digits(9)}`,
    additional_remark: 'pix payout request',
    country: 'BRA',
    method: 'PIX',
    phone: '',
    region: null,
  });
  if (scenario === 'good') await call('balance', '/api/balance', { timestamp: Math.floor(Date.now() / 1000) });
}

({ gestopago, placetopay, tesabiz, goat, pagsmile })[provider]();
