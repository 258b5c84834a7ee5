// Where the sandbox is and what to enter, for people and programs: DIR/sandbox.json,
// DIR/env (for a shell), DIR/provider.json (for `letterbox provider add`), and an answers
// file for each way in DIR/answers/.

import fs from 'node:fs';
import {
  CYRUS_ADMIN, FRESH_DOMAIN, FRESH_PASSWORD, LMTP_USER, SCOPE, TENANT, TENANT_ID, clients, passwords,
} from './accounts.mjs';

const EXCHANGE_SCOPE = 'https://outlook.office365.com/.default';

function answersFor(dir, imaps, openid) {
  const server = (address) => ({
    'mailbox.user': address,
    'server.host': imaps.host,
    'server.port': imaps.port,
    'server.security': 'tls',
    'tls.ca_file': `${dir}/tls/ca.pem`,
  });
  const base = `https://${openid.host}:${openid.port}`;
  const { custom, provider, exchange } = clients;
  const [address, password] = Object.entries(passwords)[0];

  return {
    basic: {
      name: 'basic',
      'auth.method': 'basic',
      'basic.username': address,
      'basic.password': password,
      ...server(address),
    },
    exchange: {
      name: 'exchange',
      'auth.method': 'oauth',
      'oauth.source': 'exchange',
      'oauth.token_url': `${base}/${TENANT}/oauth2/v2.0/token`,
      'oauth.client_id': exchange.id,
      'oauth.client_secret': exchange.secret,
      'oauth.scope': EXCHANGE_SCOPE,
      ...server(exchange.mailbox),
    },
    provider: {
      name: 'provider',
      'auth.method': 'oauth',
      'oauth.source': 'provider',
      'oauth.provider': 'sandbox',
      'oauth.scope': SCOPE,
      ...server(provider.mailbox),
    },
    custom: {
      name: 'custom',
      'auth.method': 'oauth',
      'oauth.source': 'custom',
      'oauth.token_url': `${base}/token`,
      'oauth.client_id': custom.id,
      'oauth.client_secret': custom.secret,
      'oauth.client_auth': custom.auth,
      'oauth.scope': SCOPE,
      ...server(custom.mailbox),
    },
  };
}

function write(path, content) {
  fs.writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`, { mode: 0o644 });
}

function shellWords(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}='${String(value).replaceAll("'", "'\\''")}'\n`).join('');
}

function cyrusFacts() {
  const { SANDBOX_CYRUS_ROOT: root, SANDBOX_CYRUS_VERSION: version, SANDBOX_CYRUS_MISSING: missing } = process.env;

  return root ? { root, version, admin: CYRUS_ADMIN } : { missing: missing || 'it was not asked for' };
}

// `listening`: name of each endpoint -> { address, port }.
export function describe(dir, listening) {
  const endpoints = Object.fromEntries(
    Object.entries(listening).map(([id, { address, port }]) => (
      [id, { host: address === '127.0.0.1' ? 'localhost' : address, port }])));
  const imaps = endpoints.imaps_outside ?? endpoints.imaps;
  const openid = endpoints.openid_outside ?? endpoints.openid;
  const answers = answersFor(dir, imaps, openid);
  const { provider } = clients;
  const issuer = `https://localhost:${endpoints.openid.port}`;

  write(`${dir}/sandbox.json`, {
    dir,
    endpoints,
    issuer,
    tenant: TENANT_ID,
    scope: SCOPE,
    ca_file: `${dir}/tls/ca.pem`,
    lmtp: { socket: `${dir}/lmtp`, user: LMTP_USER },
    fresh: { domain: FRESH_DOMAIN, password: FRESH_PASSWORD },
    cyrus: cyrusFacts(),
    clients,
    passwords,
    answers,
  });
  write(`${dir}/provider.json`, {
    issuer,
    client_id: provider.id,
    client_secret: provider.secret,
    client_name: 'Sandbox OpenID server',
    token_endpoint_auth_method: `client_secret_${provider.auth}`,
    scope: 'openid',
  });
  fs.mkdirSync(`${dir}/answers`, { recursive: true });
  for (const [way, answer] of Object.entries(answers)) write(`${dir}/answers/${way}.json`, answer);
  write(`${dir}/dovecot/users`, Object.entries(passwords)
    .map(([address, password]) => `${address}:{PLAIN}${password}\n`).join(''));
  write(`${dir}/env`, shellWords({
    SANDBOX_DIR: dir,
    SANDBOX_CA_FILE: `${dir}/tls/ca.pem`,
    SANDBOX_IMAP_HOST: imaps.host,
    SANDBOX_IMAPS_PORT: imaps.port,
    SANDBOX_IMAP_PORT: endpoints.imap.port,
    SANDBOX_BASIC_USER: answers.basic['basic.username'],
    SANDBOX_BASIC_PASSWORD: answers.basic['basic.password'],
    SANDBOX_EXCHANGE_USER: answers.exchange['mailbox.user'],
    SANDBOX_EXCHANGE_URL: answers.exchange['oauth.token_url'],
    SANDBOX_EXCHANGE_ID: answers.exchange['oauth.client_id'],
    SANDBOX_EXCHANGE_SECRET: answers.exchange['oauth.client_secret'],
    SANDBOX_EXCHANGE_SCOPE: answers.exchange['oauth.scope'],
    SANDBOX_PROVIDER_USER: answers.provider['mailbox.user'],
    SANDBOX_CUSTOM_USER: answers.custom['mailbox.user'],
    SANDBOX_CUSTOM_URL: answers.custom['oauth.token_url'],
    SANDBOX_CUSTOM_ID: answers.custom['oauth.client_id'],
    SANDBOX_CUSTOM_SECRET: answers.custom['oauth.client_secret'],
    SANDBOX_SCOPE: SCOPE,
    SANDBOX_LMTP_HOST: endpoints.lmtp.host,
    SANDBOX_LMTP_PORT: endpoints.lmtp.port,
    SANDBOX_LMTP_SOCKET: `${dir}/lmtp`,
    SANDBOX_LMTP_USER: LMTP_USER,
  }));
}
