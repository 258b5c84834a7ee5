// The token endpoint as Entra has it: https://HOST/TENANT/oauth2/v2.0/token, in front of
// the OpenID server, so that the page for Microsoft Exchange can be tried without
// Microsoft.  The token itself is the OpenID server's; here it is wrapped into a JWT with
// the claims that Exchange's tokens have, and unwrapped when Dovecot asks about it.

import crypto from 'node:crypto';
import https from 'node:https';
import { SCOPE, TENANT, TENANT_ID, clients } from './accounts.mjs';

const RESOURCE = 'https://outlook.office365.com';
const OBJECT_ID = '9d8c7b6a-1f2e-4d3c-8b5a-69788796a5b4';
const BODY_MAX = 65536;
const key = crypto.randomBytes(32);

const encode = (value) => Buffer.from(value).toString('base64url');
const sign = (text) => crypto.createHmac('sha256', key).update(text).digest('base64url');

function wrap(token, clientId, lifetime) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: RESOURCE,
    iss: `https://sts.windows.net/${TENANT_ID}/`,
    iat: now,
    nbf: now,
    exp: now + lifetime,
    app_displayname: 'letterbox sandbox',
    appid: clientId,
    appidacr: '1',
    idtyp: 'app',
    oid: OBJECT_ID,
    roles: ['IMAP.AccessAsApp'],
    sub: OBJECT_ID,
    tid: TENANT_ID,
    uti: token,
    ver: '1.0',
  };
  const text = `${encode(JSON.stringify({ typ: 'JWT', alg: 'HS256' }))}.${encode(JSON.stringify(claims))}`;
  return `${text}.${sign(text)}`;
}

// What was wrapped; a token that is none of ours is left as it is.
function unwrap(token) {
  const [header, claims, signature] = token.split('.');
  if (signature !== sign(`${header}.${claims}`)) return token;
  return JSON.parse(Buffer.from(claims, 'base64url')).uti;
}

function refuse(response, status, error, code, text) {
  const trace = crypto.randomUUID();
  const correlation = crypto.randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
  }));
}

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_MAX) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

// The same request, with this body, to `path` of the server that took it.
function pass(request, path, headers, body) {
  return new Promise((resolve, reject) => {
    const inner = https.request({
      host: request.socket.localAddress,
      port: request.socket.localPort,
      path,
      method: 'POST',
      rejectUnauthorized: false, // this very process
      headers: {
        ...headers,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    }, (answer) => read(answer).then((text) => resolve({ status: answer.statusCode, text }), reject));
    inner.on('error', reject);
    inner.end(body);
  });
}

function sentCredentials(request, form) {
  const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '');
  if (!basic) return [form.get('client_id'), form.get('client_secret')];
  return Buffer.from(basic[1], 'base64').toString().split(':').map((part) => (
    decodeURIComponent(part.replace(/\+/g, ' '))));
}

async function giveToken(request, response, tenant) {
  const form = new URLSearchParams(await read(request));
  const [id, secret] = sentCredentials(request, form);
  const client = clients.exchange;
  const scope = form.get('scope') ?? '';

  if (tenant !== TENANT && tenant !== TENANT_ID) {
    refuse(response, 400, 'invalid_request', 90002, `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`);
  } else if (form.get('grant_type') !== 'client_credentials') {
    refuse(response, 400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
  } else if (id !== client.id) {
    refuse(response, 400, 'unauthorized_client', 700016, `Application with identifier '${id}' was not found in the directory 'Sandbox'.`);
  } else if (secret !== client.secret) {
    refuse(response, 401, 'invalid_client', 7000215, `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${id}'.`);
  } else if (!scope.endsWith('/.default')) {
    refuse(response, 400, 'invalid_scope', 1002012, `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`);
  } else if (scope !== `${RESOURCE}/.default`) {
    refuse(response, 400, 'invalid_scope', 70011, `The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`);
  } else {
    const body = new URLSearchParams({
      grant_type: 'client_credentials', client_id: id, client_secret: secret, scope: SCOPE,
    });
    const answer = await pass(request, '/token', {}, body.toString());
    const token = JSON.parse(answer.text);
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    response.end(JSON.stringify({
      token_type: 'Bearer',
      expires_in: token.expires_in,
      ext_expires_in: token.expires_in,
      access_token: wrap(token.access_token, id, token.expires_in),
    }));
  }
}

async function introspect(request, response) {
  const form = new URLSearchParams(await read(request));
  form.set('token', unwrap(form.get('token') ?? ''));
  const answer = await pass(request, '/token/introspection', {
    authorization: request.headers.authorization ?? '',
  }, form.toString());
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(answer.text);
}

// A request handler: Entra's path and Dovecot's questions are answered here, all else by
// `next`.
export function entra(next) {
  return (request, response) => {
    const [path] = request.url.split('?');
    const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path);
    let work;

    if (request.method === 'POST' && tenant) work = giveToken(request, response, decodeURIComponent(tenant[1]));
    else if (request.method === 'POST' && path === '/introspect') work = introspect(request, response);
    else next(request, response);
    work?.catch((error) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}
