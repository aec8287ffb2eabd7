param namePrefix string
param actionGroupName string
param location string
param tags object
param logAnalyticsName string
param applicationInsightsName string

@description('The address at which browsers reach the service.')
param url string

@description('The e-mail addresses that receive alerts; without any, alerts are shown in the portal only.')
param emails string[]

@description('Whether the service has the credential broker.')
param broker bool

@description('Whether a daily quota limits the logs.')
param hasDailyQuota bool

@sealed()
type alert = {
  name: string
  displayName: string
  description: string

  @description('Whether the environment needs the alert; true if omitted.')
  enabled: bool?

  @description('0 is critical, 4 is verbose.')
  severity: int

  @description('The interval between two evaluations of the query.')
  frequency: string

  @description('The period that an evaluation reads.')
  window: string

  @description('The period that the query reads, if it is longer than the window.')
  reads: string?

  @description('Columns whose values are separate alerts.')
  dimensions: string[]?
  query: string
}

// An alert fires when its query returns a row; with a dimension, each value is a separate alert. The thresholds suit a service with a few
// thousand logins a day: adapt them to yours. The first two read the Functions host's requests, the others the service's own telemetry
// (docs/deploy.md). An alert that this environment does not need is disabled: Resource Manager does not delete a rule that is missing here,
// and Azure charges for enabled rules only.
var alerts alert[] = [
  {
    name: 'failures'
    displayName: 'Requests fail'
    description: 'More than one request in a hundred, and at least five, got a 5xx. A 503 means that storage, Entra ID or a provider does not respond; the log says which. Reads of a credential that is not decided yet are not counted: their 503 makes the client wait.'
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    query: '''
      AppRequests
      | where isnotempty(Url) and tostring(Properties['devicecode.pending']) != 'true'
      | summarize Requests = sum(ItemCount), Failed = sumif(ItemCount, toint(ResultCode) >= 500)
      | where Failed >= 5 and Failed * 100 > Requests
    '''
  }
  {
    name: 'latency'
    displayName: 'Requests are slow'
    description: 'One in twenty requests to one function took longer than two seconds.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['Name']
    query: '''
      AppRequests
      | where isnotempty(Url)
      | summarize Requests = sum(ItemCount), P95 = percentilew(DurationMs, ItemCount, 95) by Name
      | where Requests >= 30 and P95 > 2000
    '''
  }
  {
    name: 'codes'
    displayName: 'Few networks request many codes'
    description: 'An attacker may be collecting codes, for phishing or to fill the tables. The count includes the codes of the five busiest networks, which may be a single one, because a network has a different alias on each instance; and the requests that the limit refused.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'CodesIssued'
      | summarize Codes = todouble(count()) by Network = tostring(Properties.Network)
      | top 5 by Codes
      | union (
          AppMetrics
          | where Name == 'devicecode.requests.refused' and tostring(Properties['devicecode.limit']) == 'codes'
          | summarize Codes = sum(Sum))
      | summarize Codes = sum(Codes)
      | where Codes >= 200
    '''
  }
  {
    name: 'approvals'
    displayName: 'One person approves many devices'
    description: 'The person may have been tricked, or their account may be compromised. UserId is their object id in the directory.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT1H'
    dimensions: ['UserId']
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'Decided' and tostring(Properties.Decision) == 'approved'
      | summarize Approvals = count(), OtherNetwork = countif(tostring(Properties.SameNetwork) == 'False') by UserId = tostring(Properties.UserId)
      | where Approvals > 10
    '''
  }
  {
    name: 'guesses'
    displayName: 'Many wrong user codes'
    description: 'An attacker may be guessing codes. The audit event UserCodeInvalid contains the object id of the user and the alias of the network.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    query: '''
      AppMetrics
      | where Name == 'devicecode.user_codes.wrong' or (Name == 'devicecode.requests.refused' and tostring(Properties['devicecode.limit']) == 'wrong_user_codes')
      | summarize Wrong = sum(Sum)
      | where Wrong >= 50
    '''
  }
  {
    name: 'incidents'
    displayName: 'A code or token was presented by the wrong party'
    description: 'A used refresh token was used again, and its grant is revoked; or a code was redeemed with a wrong verifier. Either may be theft.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'Incident'
    '''
  }
  {
    name: 'purge'
    displayName: 'The purge has not run'
    description: 'The timer function purge, which runs every ten minutes, has not completed for an hour, so expired codes, tokens and personal data stay in the tables. The log contains its errors. When the daily quota stops the logs, this alert fires, too.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT1H'
    reads: 'P2D'
    // A new environment, which has no logs yet, does not alert. One that has logs, but none of a purge, does.
    query: '''
      AppTraces
      | summarize First = min(TimeGenerated), Last = maxif(TimeGenerated, tostring(Properties.EventName) == 'Purged')
      | where coalesce(Last, First) < ago(1h)
    '''
  }
  {
    name: 'quota'
    displayName: 'The daily quota of the logs is reached'
    description: 'Until the quota is reset, there are no logs, no audit events and no alerts on them. Find the cause with the query "What fills the logs" in docs/deploy.md, or raise LOG_DAILY_QUOTA_GB.'
    enabled: hasDailyQuota
    severity: 1
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      _LogOperation
      | where Category =~ 'Ingestion' and Detail contains 'OverQuota'
    '''
  }
  {
    name: 'registration'
    displayName: 'A provider rejects our registration'
    description: 'No credential can be made or refreshed at this provider. Its client id or secret is wrong, expired or revoked: see "Rotate" in docs/deploy.md. ProviderId is the id in BROKER_PROVIDERS.'
    enabled: broker
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: ['ProviderId']
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'ProviderRejects'
      | summarize Rejections = count() by ProviderId = tostring(Properties.ProviderId)
    '''
  }
  {
    name: 'accounts'
    displayName: 'One owner binds many accounts'
    description: 'People may have been tricked into approving codes of one attacker, who now has their tokens. OwnerKey is a keyed hash of the owner; the audit events CredentialMade with the same key show the providers.'
    enabled: broker
    severity: 2
    frequency: 'PT15M'
    window: 'P1D'
    dimensions: ['OwnerKey']
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'CredentialBound'
      | summarize Accounts = dcount(tostring(Properties.AccountKey)) by OwnerKey = tostring(Properties.OwnerKey)
      | where Accounts > 5
    '''
  }
  {
    name: 'poison'
    displayName: 'A poll of a provider keeps failing'
    description: 'The function creds-polls failed five times with one message, and the log contains the errors. The purge timer sends a new message for the login, but without a fix that fails, too.'
    enabled: broker
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'PollPoisoned'
    '''
  }
]

resource logAnalytics 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: logAnalyticsName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'devicecode'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${namePrefix}${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'DeviceCode: ${alert.displayName}'
      description: alert.description
      severity: alert.severity
      enabled: alert.?enabled ?? true
      autoMitigate: true
      evaluationFrequency: alert.frequency
      windowSize: alert.window
      overrideQueryTimeRange: alert.?reads
      scopes: [logAnalytics.id]
      // The tables have no columns until the first telemetry arrives.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: map(alert.?dimensions ?? [], name => { name: name, operator: 'Include', values: ['*'] })
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(emails) ? [] : [actionGroup.id]
      }
    }
  }
]

// A service that does not respond logs nothing, so no query above finds anything. A test from outside detects that; it costs money, so it
// runs only if there are addresses to send its alert to.
resource healthTest 'Microsoft.Insights/webtests@2022-06-15' = {
  name: '${namePrefix}healthz'
  location: location
  // Application Insights lists a test under the resource in this tag.
  tags: union(tags, { 'hidden-link:${applicationInsights.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: '${namePrefix}healthz'
    Name: 'DeviceCode: healthz'
    Kind: 'standard'
    Enabled: !empty(emails)
    Frequency: 300
    Timeout: 60
    RetryEnabled: true
    Locations: map(
      [
        'us-va-ash-azr'
        'us-ca-sjc-azr'
        'emea-nl-ams-azr'
        'emea-gb-db3-azr'
        'apac-sg-sin-azr'
      ],
      id => { Id: id }
    )
    Request: {
      RequestUrl: '${url}/healthz'
      HttpVerb: 'GET'
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource unavailable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${namePrefix}unavailable'
  location: 'global'
  tags: tags
  properties: {
    description: 'DeviceCode: /healthz did not return 200 in three of five locations, or the certificate expires within a week.'
    severity: 0
    enabled: !empty(emails)
    autoMitigate: true
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    scopes: [healthTest.id, applicationInsights.id]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: healthTest.id
      componentId: applicationInsights.id
      failedLocationCount: 3
    }
    actions: empty(emails)
      ? []
      : [
          {
            actionGroupId: actionGroup.id
          }
        ]
  }
}
