@minLength(3)
@maxLength(24)
@description('The vault\'s name.')
param name string

param location string
param tags object

@description('Whether the vault can be reached from the internet, by identities with a role on it.')
param publicNetworkAccess bool

// Only a default value may call newGuid. Azure Resource Manager evaluates it for each deployment and, because the parameter is secure,
// stores it neither in the deployment's history nor in a log. No caller sets it.
@secure()
@description('Random digits for the first key.')
param randomDigits string = replace('${newGuid()}${newGuid()}', '-', '')

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    // Without the key, the tokens in the table cannot be read. So a deleted vault or secret can be recovered for 90 days, and cannot be
    // removed before that.
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }

  // The key that seals the tokens of the credential broker; docs/deploy.md describes its rotation. Bicep creates the first version, so that
  // neither the app nor the deployer needs permission to write secrets. An existing secret is not written again: each write would add a
  // version, which is a rotation. Hexadecimal digits are also digits of base64: 42 of them and "A=" are 32 bytes, of which 162 bits are
  // random.
  @onlyIfNotExists()
  resource brokerKey 'secrets' = {
    name: 'broker-key'
    properties: {
      value: '${take(randomDigits, 42)}A='
    }
  }
}

output uri string = vault.properties.vaultUri
