// The OpenID server: oidc-provider with client credentials and introspection, and in front
// of it the token endpoint of Entra's form (entra.mjs).

import { Provider } from 'oidc-provider';
import { SCOPE, clients, introspector } from './accounts.mjs';
import { entra } from './entra.mjs';

const LIFETIME_S = 600;

function registration(client) {
  return {
    client_id: client.id,
    client_secret: client.secret,
    client_name: client.id,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: `client_secret_${client.auth}`,
    scope: client.scope ?? SCOPE,
  };
}

function findClient(id) {
  return Object.values(clients).find((client) => client.id === id);
}

// oidc-provider takes a secret in the header and in the form alike.  Many servers do not,
// and a wizard that offers both has to be tried on one that is strict.
async function insistOnRegisteredMethod(ctx, next) {
  const inHeader = ctx.get('authorization') !== '';
  await next();
  const client = ctx.oidc?.client;
  const wanted = client?.tokenEndpointAuthMethod;
  if (ctx.path !== '/token' || ctx.status !== 200 || !wanted) return;
  if (inHeader !== (wanted === 'client_secret_basic')) {
    ctx.status = 401;
    ctx.body = { error: 'invalid_client', error_description: `this client must use ${wanted}` };
  }
}

// A function for an HTTPS server that is reached at `issuer`.
export function openidHandler(issuer) {
  const provider = new Provider(issuer, {
    clients: [
      ...Object.values(clients).map(registration),
      {
        ...registration({ ...introspector, auth: 'basic' }), grant_types: [], scope: undefined,
      },
    ],
    scopes: ['openid', SCOPE],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
    },
    ttl: {
      ClientCredentials: (_ctx, _token, client) => findClient(client.clientId)?.ttl ?? LIFETIME_S,
    },
    // A token of this flow names no user; the mail server wants one.
    extraTokenClaims: (_ctx, token) => ({ username: findClient(token.clientId)?.mailbox }),
    cookies: { keys: ['sandbox'] },
  });
  provider.use(insistOnRegisteredMethod);
  return entra(provider.callback());
}
