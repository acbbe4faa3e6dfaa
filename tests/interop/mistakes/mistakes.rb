require 'openssl'; require 'base64'; require 'json'; require 'digest'; require 'securerandom'; require 'time'; require 'uri'; require 'cgi'
$stdout.binmode
def out(id, m, path, hs, body, expect) puts ["rb-#{id}", m, path, hs.join("\x1f"), Base64.strict_encode64(body.b), expect].join("\t") end
J = ['Content-Type: application/json']
LOGIN, SK = ENV['PP_LOGIN'], ENV['PP_SECRET']
def session(auth, **x) JSON.generate({auth: auth, payment: {reference: "RB#{SecureRandom.hex(4)}", description: 'x', amount: {currency: 'COP', total: 100}}, expiration: (Time.now + 1800).iso8601, returnUrl: 'https://s.example/', ipAddress: '127.0.0.1', userAgent: 'rb'}.merge(x)) end
def pp(id, nonce, seed, tran, expect, **x) out("pp-#{id}", 'POST', '/placetopay/api/session', J, session({login: LOGIN, tranKey: tran, nonce: nonce, seed: seed}, **x), expect) end
seed = Time.now.iso8601; n = SecureRandom.random_bytes(16); nb = Base64.strict_encode64(n); d = Digest::SHA256.digest(n + seed.b + SK.b)
pp 'ok', nb, seed, Base64.strict_encode64(d), 'OK'
pp 'encode64', nb, seed, Base64.encode64(d), 'line|white space'
pp 'encode64-nonce', Base64.encode64(n), seed, Base64.strict_encode64(d), 'line|white'
pp 'hexdigest', nb, seed, Digest::SHA256.hexdigest(n + seed.b + SK.b), 'hex'
pp 'base64digest-hexnonce', nb, seed, Digest::SHA256.base64digest(SecureRandom.hex(8).then { |_| n.unpack1('H*') } + seed + SK), 'hex'
pp 'inspect', nb, seed, Digest::SHA256.base64digest(n.inspect + seed + SK), 'inspect|Ruby|quot|escape|No known'
pp 'bytes-join', nb, seed, Digest::SHA256.base64digest(n.bytes.join + seed + SK), 'number|decimal|list'
pp 'bytes-tos', nb, seed, Digest::SHA256.base64digest(n.bytes.to_s + seed + SK), 'list|number'
pp 'bubblebabble', nb, seed, 'xesed-hitok-modas-bysav-sabor-himil-fekif-bydyg-gysod-salyr-fyxax', 'Base64|bubble|digest|Bubble'
t = Time.now.to_s; pp 'time-to-s', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'T|ISO|space|Ruby|print|OK'
t = Time.now.to_i.to_s; pp 'to-i', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'unix|seconds'
t = Time.now.httpdate; pp 'httpdate', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'HTTP|2822|1123|ISO|OK'
t = Time.now.strftime('%d-%m-%Y %H:%M:%S'); pp 'dmy', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'day'
t = Time.now.strftime('%Y-W%V-%uT%H:%M:%SZ'); pp 'week', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'week'
t = Time.now.strftime('%Y-%jT%H:%M:%SZ'); pp 'ordinal', nb, t, Digest::SHA256.base64digest(n + t.b + SK.b), 'day of (the )?year|ordinal|month|day'
pp 'hmac', nb, seed, Base64.strict_encode64(OpenSSL::HMAC.digest('SHA256', SK, n + seed.b)), 'HMAC'
pp 'hmac-hex', nb, seed, OpenSSL::HMAC.hexdigest('SHA256', SK, n + seed.b), 'HMAC'
pp 'symbol', nb, seed, Digest::SHA256.base64digest(n + seed.b + ':'.b + SK.b), 'colon'
pp 'nil', nb, seed, Digest::SHA256.base64digest(n + seed.b), 'secret|left out|empty'
pp 'chomp', nb, seed, Digest::SHA256.base64digest(n + (seed + "\n").b + SK.b), 'line|\\\\n|between|seed|created'
ok = {login: LOGIN, tranKey: Base64.strict_encode64(d), nonce: nb, seed: seed}
out 'pp-inspect', 'POST', '/placetopay/api/session', J, JSON.parse(session(ok)).inspect, 'Ruby|=>'
out 'pp-snake', 'POST', '/placetopay/api/session', J, session({login: LOGIN, tran_key: ok[:tranKey], nonce: nb, seed: seed}), 'tranKey'
key, app = ENV['PM_KEY'], ENV['PM_APP']
P = {timestamp: Time.now.to_i, custom_code: "rb#{SecureRandom.hex(5)}", name: 'Ana Maria', amount: '10.00', fee_bear: 'merchant', method: 'PIX', account: 'pagsmile_test_paid@pagsmile.com', account_type: 'EMAIL', document_id: '50284414727', document_type: 'CPF', country: 'BRA', source_currency: 'USD', arrival_currency: 'BRL', notify_url: 'https://e.example/n', additional_remark: 'pago', phone: nil}
def cj(h) h.reject { |_, v| v.nil? || v == '' }.sort.map { |k, v| "#{k}=#{v}" }.join('&') end
def pm(id, sig, expect, body = JSON.generate(P)) out("pm-#{id}", 'POST', '/pagsmile/api/payout', J + ["AppId: #{ENV['PM_APP']}", "Authorization: #{sig}"], body, expect) end
h = ->(s) { Digest::SHA256.hexdigest(s) }
pm 'ok', h.(cj(P) + key), 'OK'
pm 'inspect', h.(P.inspect + key), 'Ruby|inspect|notation|hash'
pm 'to-query', h.(URI.encode_www_form(P.compact.sort) + key), 'URL|percent'
pm 'sort-by-value', h.(P.compact.sort_by { |_, v| v.to_s }.map { |k, v| "#{k}=#{v}" }.join('&') + key), 'sort|order|value'
pm 'unsorted', h.(P.compact.map { |k, v| "#{k}=#{v}" }.join('&') + key), 'sort|order'
pm 'nil-empty', h.(P.sort.map { |k, v| "#{k}=#{v}" }.join('&') + key), 'without a value|empty|phone'
pm 'symbols', h.(P.compact.sort.map { |k, v| "#{k.inspect}=#{v}" }.join('&') + key), ':|name|No known|Check'
pm 'array-join', h.(P.compact.sort.join + key), 'join'
pm 'hmac', OpenSSL::HMAC.hexdigest('SHA256', key, cj(P)), 'HMAC'
pm 'hmac-query', OpenSSL::HMAC.hexdigest('SHA256', key, URI.encode_www_form(P.compact.sort)), 'HMAC'
pm 'base64digest', Digest::SHA256.base64digest(cj(P) + key), 'hex|Base64'
pm 'digest-obj', '#<Digest::SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855>', 'object|hexdigest|inspect|Ruby|digest'
pm 'amount-float', h.(cj(P.merge(amount: 10.0)) + key), 'amount'
pm 'downcase', h.(cj(P).downcase + key), 'case'
pm 'strip-spaces', h.(cj(P).delete(' ') + key), 'blank|space|white'
gk, iv = Base64.decode64(ENV['GP_KEY']), Base64.decode64(ENV['GP_IV'])
def enc(d, k, iv, m = 'aes-256-cbc') c = OpenSSL::Cipher.new(m).encrypt; c.key = k; c.iv = iv if iv; c.update(d) + c.final end
$i = 0
def order(x = {}) $i += 1; JSON.generate({idProducto: 298, idServicio: 115, telefono: "99#{format('%08d', rand(10**8))}", horaLocal: (Time.now.utc - 6 * 3600).strftime('%Y%m%d%H%M%S'), upc: SecureRandom.hex(6)}.merge(x)) end
def gp(id, s, expect) out("gp-#{id}", 'POST', '/gestopago/sistema/service/sendTx.do', ["Authorization: Bearer #{ENV['TOKEN']}", 'Content-Type: application/x-www-form-urlencoded'], URI.encode_www_form(signed: s), expect) end
gp 'ok', Base64.strict_encode64(enc(order, gk, iv)), 'OK'
gp 'encode64', Base64.encode64(enc(order, gk, iv)), 'OK|line'
gp 'no-iv', Base64.strict_encode64(enc(order, gk, nil)), 'IV'
gp 'no-iv-keytext', Base64.strict_encode64(enc(order, ENV['GP_KEY'][0, 32], nil)), 'IV.*text|text.*IV|zero'
c = OpenSSL::Cipher.new('aes-256-cbc').encrypt; c.pkcs5_keyivgen(ENV['GP_KEY']); gp 'pkcs5keyivgen', Base64.strict_encode64(c.update(order) + c.final), 'pass|derived|keyivgen|key'
gp 'rails', (r = OpenSSL::Random.random_bytes(12); "#{Base64.strict_encode64(enc(order, gk, iv))}--#{Base64.strict_encode64(r)}--#{Base64.strict_encode64(iv)}"), 'Rails'
gp 'inspect', Base64.strict_encode64(enc(JSON.parse(order).inspect, gk, iv)), 'Ruby|=>'
gp 'marshal', Base64.strict_encode64(enc(Marshal.dump(JSON.parse(order)), gk, iv)), 'Marshal|Ruby|binary|not JSON'
gp 'unpack-h', enc(order, gk, iv).unpack1('H*'), 'hex'
gp 'key-hex', Base64.strict_encode64(enc(order, gk.unpack1('H*')[0, 32], iv)), 'hex'
gp 'key-digest', Base64.strict_encode64(enc(order, Digest::SHA256.digest(ENV['GP_KEY']), iv)), 'SHA-?256|hash'
gp 'key-digest-noiv', Base64.strict_encode64(enc(order, Digest::SHA256.digest(ENV['GP_KEY']), nil)), 'SHA-?256|hash|IV'
gp 'yaml', Base64.strict_encode64(enc("---\nidProducto: 298\nidServicio: 115\n", gk, iv)), 'YAML|JSON'
gp 'csv', Base64.strict_encode64(enc("298,115,5512345678,20261130,1", gk, iv)), 'JSON'
gp 'enum', Base64.strict_encode64(enc(order(telefono: '(55) 1234-5678'), gk, iv)), 'digit|10'
