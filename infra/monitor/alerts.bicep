param namePrefix string
param actionGroupName string
param location string
param tags object
param logAnalyticsName string
param applicationInsightsName string

@description('The address at which browsers reach the service.')
param url string

@description('Who is told; with nobody, alerts show in the portal only.')
param emails string[]

// Each query says when to worry, by finding something; with a dimension, each of its values is an alert of its own. The thresholds are for a service of some thousand logins a day: know your own.
// The first two look at the Functions host's requests, the others at what the service itself tells (docs/deploy.md).
var alerts = [
  {
    name: 'failures'
    displayName: 'Requests fail'
    description: 'More than one request in a hundred, and at least five, was answered with a 5xx. A 503 means that storage, or Entra ID, does not answer; the log says which.'
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: []
    query: '''
      AppRequests
      | where isnotempty(Url)
      | summarize Requests = sum(ItemCount), Failed = sumif(ItemCount, toint(ResultCode) >= 500)
      | where Failed >= 5 and Failed * 100 > Requests
    '''
  }
  {
    name: 'latency'
    displayName: 'Requests are slow'
    description: 'Of the requests of one kind, one in twenty took longer than two seconds.'
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
    displayName: 'Few networks ask for many codes'
    description: 'Somebody collects codes, to phish with or to fill the tables. Counted are the codes of the five busiest networks, which may be one, as it has another alias on each instance; and the requests that were refused for asking too often.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: []
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
    description: 'Somebody has been tricked into it, or somebody else acts for them. UserId is their object id in the directory.'
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
    description: 'Somebody guesses. UserCodeInvalid in the audit trail tells who.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    dimensions: []
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
    description: 'A spent refresh token was used again, and its grant is revoked; or a code was redeemed with a wrong verifier. Either may be theft.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    dimensions: []
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'Incident'
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
      enabled: true
      autoMitigate: true
      evaluationFrequency: alert.frequency
      windowSize: alert.window
      scopes: [logAnalytics.id]
      // The tables have no columns before the first telemetry.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: map(alert.dimensions, name => { name: name, operator: 'Include', values: ['*'] })
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

// A service that answers nobody logs nothing, and none of the queries finds anything. So it is asked from outside, where somebody is told.
resource healthTest 'Microsoft.Insights/webtests@2022-06-15' = if (!empty(emails)) {
  name: '${namePrefix}healthz'
  location: location
  // Application Insights shows a test by this tag.
  tags: union(tags, { 'hidden-link:${applicationInsights.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: '${namePrefix}healthz'
    Name: 'DeviceCode: healthz'
    Kind: 'standard'
    Enabled: true
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

resource unavailable 'Microsoft.Insights/metricAlerts@2018-03-01' = if (!empty(emails)) {
  name: '${namePrefix}unavailable'
  location: 'global'
  tags: tags
  properties: {
    description: 'DeviceCode: /healthz was not answered with a 200 at three of five places of the world, or the certificate has less than a week left.'
    severity: 0
    enabled: true
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
    actions: [
      {
        actionGroupId: actionGroup.id
      }
    ]
  }
}
