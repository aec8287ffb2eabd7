// The whole life of tokens with the unmodified npm package openid-client, which gets only the issuer's address and a client id.
// Prints one line for each step. Any failure ends the script with an exit code other than 0.
// Arguments: the issuer; the approver's Authorization header, e-mail address and name.
import assert from 'node:assert/strict'
import * as client from 'openid-client'

const [issuer, approver, email, name] = [new URL(process.argv[2]), ...process.argv.slice(3)]
const insecure = { execute: [client.allowInsecureRequests], algorithm: 'oauth2' } // the issuer is on http://localhost
const authorize = `${issuer.href.replace(/\/$/, '')}/auth/device/authorize` // the issuer may have a path
const step = (title) => console.log(`ok ${title}`)

const cli = await client.discovery(issuer, 'cli', undefined, client.None(), insecure)
step('discovery')

const authorization = await client.initiateDeviceAuthorization(cli, { scope: 'profile email offline_access' })
assert.match(authorization.user_code, /^[A-Z]{4}-[A-Z]{4}$/)
step('device authorization')

// A second client polls with the same code, so that openid-client gets slow_down. After that, the login is approved.
let approved = false
const poll = () => approved || fetch(`${cli.serverMetadata().token_endpoint}`, {
  method: 'POST',
  body: new URLSearchParams({
    client_id: 'cli',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: authorization.device_code,
  }),
}).then((response) => response.json())

const seen = []
cli[client.customFetch] = async (...request) => {
  const response = await fetch(...request)
  const { error } = await response.clone().json()
  if (error) seen.push(error)
  if (error === 'authorization_pending') setTimeout(poll, (authorization.interval - 0.2) * 1000)
  if (error === 'slow_down') {
    approved = true
    const decision = await fetch(authorize, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: approver },
      body: JSON.stringify({ user_code: authorization.user_code }),
    })
    assert.equal(decision.status, 200)
  }
  return response
}
const tokens = await client.pollDeviceAuthorizationGrant(cli, authorization)
assert.ok(seen.includes('authorization_pending') && seen.includes('slow_down'), `seen: ${seen}`)
assert.equal(tokens.token_type, 'bearer')
assert.equal(tokens.scope, 'profile email offline_access')
step('polling through authorization_pending and slow_down to tokens')

const refreshed = await client.refreshTokenGrant(cli, tokens.refresh_token, { scope: 'profile' })
assert.notEqual(refreshed.access_token, tokens.access_token)
assert.equal(refreshed.scope, 'profile')
step('refresh')

const api = await client.discovery(issuer, 'api', undefined, client.ClientSecretBasic('development-secret'), insecure)
const active = await client.tokenIntrospection(api, tokens.access_token)
assert.deepEqual([active.active, active.client_id, active.scope], [true, 'cli', 'profile email offline_access'])
step('introspection')

const user = await client.fetchUserInfo(cli, tokens.access_token, active.sub)
assert.deepEqual(user, { sub: active.sub, email, name, preferred_username: email })
step('userinfo')

await client.tokenRevocation(cli, refreshed.refresh_token)
assert.deepEqual(await client.tokenIntrospection(api, tokens.access_token), { active: false })
assert.deepEqual(await client.tokenIntrospection(api, refreshed.access_token), { active: false })
await assert.rejects(client.refreshTokenGrant(cli, refreshed.refresh_token), { error: 'invalid_grant' })
step('revocation')

// A second login with PKCE, which is denied.
const verifier = client.randomPKCECodeVerifier()
const denied = await client.initiateDeviceAuthorization(cli, {
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
await fetch(authorize, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: approver },
  body: JSON.stringify({ user_code: denied.user_code, action: 'deny' }),
})
await assert.rejects(client.pollDeviceAuthorizationGrant(cli, denied, { code_verifier: verifier }), { error: 'access_denied' })
step('denial')
