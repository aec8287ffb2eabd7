metadata description = 'The shapes of the objects in the azd environment. Resource Manager checks them before it creates anything.'

@description('A duration as hh:mm:ss or d.hh:mm:ss.')
@minLength(8)
@maxLength(13)
type duration = string

@export()
@sealed()
@description('An OAuth client. docs/oauth.md describes the members.')
type oauthClient = {
  @minLength(1)
  @maxLength(100)
  Id: string
  Name: string?
  @minLength(64)
  @maxLength(64)
  SecretSha256: string?
  Enabled: bool?
  Scopes: string?
  DefaultScopes: string?
  Grants: ('' | 'device_code' | 'refresh_token' | 'device_code refresh_token' | 'refresh_token device_code')?
  CredentialGroup: string?
  Introspects: bool?
  AccessTokenLifetime: duration?
  RefreshTokenLifetime: duration?
  LoginLifetime: duration?
  CodeLifetime: duration?
  PollingInterval: duration?
}

@export()
@sealed()
@description('The meaning of a scope, for the approver.')
type scopeDescription = {
  @minLength(1)
  Scope: string
  @minLength(1)
  Description: string
}

@export()
@sealed()
@description('A provider of the credential broker. docs/broker.md describes the members; ClientSecrets contains names of secrets in the vault.')
type brokerProvider = {
  Kind:
    | 'auth0'
    | 'custom'
    | 'devicecode'
    | 'discover'
    | 'github'
    | 'gitlab'
    | 'google'
    | 'huggingface'
    | 'keycloak'
    | 'microsoft'
    | 'okta'
  At: string?
  Name: string?
  @minLength(1)
  ClientId: string
  ClientSecrets: string[]?
  Scopes: string?
  DefaultScopes: string?
  Grants: string?
  Clients: string[]?
  Sessions: bool?
  AssumedLifetime: duration?
  RevokeOnDelete: bool?
  Parameters: { *: string }?
  DeviceAuthorizationEndpoint: string?
  AuthorizationEndpoint: string?
  TokenEndpoint: string?
  RevocationEndpoint: string?
  UserinfoEndpoint: string?
}
