namespace DeviceCode.Client;

using System.Text.RegularExpressions;

/// <summary>Translates a server's error codes into messages for the user.</summary>
internal static partial class ServerErrors
{
    private const string AskAdministrator = "Ask an administrator to allow it, or sign in with another account.";

    // A longer one is a mistake of the server.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static readonly Explanation Denied =
        new(DeviceLoginFailure.Denied, "The login was denied.", "Sign in again and approve it, if that was a mistake.");

    private static readonly Explanation Expired =
        new(DeviceLoginFailure.Expired, "The code expired before the login was approved.", "Sign in again to get a new code.");

    private static readonly Explanation InvalidCode =
        new(DeviceLoginFailure.InvalidCode, "{provider} no longer accepts this code.", "Sign in again to get a new code.");

    private static readonly Explanation UnknownClient = new(
        DeviceLoginFailure.Configuration,
        "{provider} does not know this client, or its secret is wrong.",
        "Check the client id and secret{registration}.");

    private static readonly Explanation Unavailable = new(DeviceLoginFailure.Network, "{provider} is unavailable.", "Try again later.");

    private static readonly Explanation NoDeviceLogin = new(
        DeviceLoginFailure.Configuration,
        "This client is not allowed to use device logins.",
        "Enable the device flow in the client's settings{registration}.");

    private static readonly Explanation UnknownResource = new(
        DeviceLoginFailure.Configuration,
        "{provider} does not know the requested resource.",
        "Check the scope and the other parameters of the login.");

    private static readonly Explanation NoConsent = new(
        DeviceLoginFailure.Policy,
        "This client has not been granted consent.",
        "Sign in again and consent, or ask an administrator to consent.");

    // A code means the same at every provider that uses it. {provider} and {registration} are filled in by Fill.
    private static readonly Dictionary<string, Explanation> Explanations = new(StringComparer.OrdinalIgnoreCase)
    {
        // RFC 8628 §3.5, and what Microsoft, GitHub and others send instead.
        ["access_denied"] = Denied,
        ["authorization_declined"] = Denied,
        ["expired_token"] = Expired,
        ["token_expired"] = Expired,
        ["code_expired"] = Expired,
        ["invalid_grant"] = InvalidCode,
        ["bad_verification_code"] = InvalidCode,
        ["incorrect_device_code"] = InvalidCode,
        ["not_found"] = new(
            DeviceLoginFailure.Configuration,
            "{provider} has no endpoint at the requested URL.",
            "Check the URL, and the provider's endpoints if they are configured."),
        ["already_used"] = new(
            DeviceLoginFailure.InvalidCode, "This code has already completed a login.", "Sign in again to get a new code."),

        // RFC 6749 §5.2.
        ["invalid_client"] = UnknownClient,
        ["incorrect_client_credentials"] = UnknownClient,
        ["Not Found"] = UnknownClient, // GitHub, with HTTP 404, for an unknown client id
        ["unauthorized_client"] = NoDeviceLogin,
        ["unsupported_grant_type"] = NoDeviceLogin,
        ["device_flow_disabled"] = NoDeviceLogin,
        ["invalid_scope"] = new(
            DeviceLoginFailure.Configuration,
            "{provider} does not grant the requested scope to this client.",
            "Request other scopes, or allow them for the client{registration}."),
        ["invalid_target"] = UnknownResource,
        ["invalid_resource"] = UnknownResource,
        ["invalid_request"] = new(
            DeviceLoginFailure.Configuration,
            "{provider} rejected the request as invalid.",
            "Check the client id, the scope and the other parameters of the login."),

        // Transient errors.
        ["temporarily_unavailable"] = Unavailable,
        ["server_error"] = Unavailable,
        ["rate_limit_exceeded"] = new(DeviceLoginFailure.Network, "{provider} is rate-limiting requests for codes.", "Try again later."),

        // Policies of administrators and providers.
        ["org_internal"] = new(
            DeviceLoginFailure.Policy,
            "This client accepts only accounts of the organization that owns it.",
            "Sign in with an account of that organization, or use another client."),
        ["admin_policy_enforced"] = new(
            DeviceLoginFailure.Policy, "An administrator does not allow this client or the requested scope.", AskAdministrator),
        ["application_suspended"] = new(
            DeviceLoginFailure.Policy, "{provider} has suspended this client.", "Use another client, or ask {provider} for the reason."),
        ["consent_required"] = NoConsent,
        ["interaction_required"] = new(
            DeviceLoginFailure.Policy,
            "A policy of the organization requires an interactive sign-in, which a device login does not support.",
            AskAdministrator),
        ["login_required"] = new(DeviceLoginFailure.SignInAgain, "{provider} requires a new login.", "Sign in again."),

        // Microsoft's finer codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
        ["AADSTS50005"] = new(
            DeviceLoginFailure.Policy, "A policy of the organization does not allow logins from this platform.", AskAdministrator),
        ["AADSTS50020"] = new(
            DeviceLoginFailure.Policy,
            "This account does not belong to the tenant.",
            "Sign in with an account of the tenant, or sign in to the account's own tenant."),
        ["AADSTS50097"] = new(DeviceLoginFailure.Policy, "A policy of the organization requires a registered device.", AskAdministrator),
        ["AADSTS50105"] = new(DeviceLoginFailure.Policy, "This account is not assigned to the application.", AskAdministrator),
        ["AADSTS50199"] = new(
            DeviceLoginFailure.Policy,
            "Microsoft requires the login to be confirmed in a browser, and it was not.",
            "Sign in again, and answer yes when the browser asks whether you trust this application."),
        ["AADSTS53000"] = new(DeviceLoginFailure.Policy, "A policy of the organization requires a compliant device.", AskAdministrator),
        ["AADSTS53001"] = new(
            DeviceLoginFailure.Policy, "A policy of the organization requires a device that has joined its domain.", AskAdministrator),
        ["AADSTS53002"] = new(
            DeviceLoginFailure.Policy, "A policy of the organization does not allow this application.", AskAdministrator),
        ["AADSTS53003"] = new(
            DeviceLoginFailure.Policy,
            "A conditional access policy of the organization blocks this login. Many such policies block device logins.",
            AskAdministrator),
        ["AADSTS53004"] = new(
            DeviceLoginFailure.Policy,
            "The account must first set up multi-factor authentication from a location that the organization trusts.",
            AskAdministrator),
        ["AADSTS530036"] = new(
            DeviceLoginFailure.Policy, "A policy of the organization no longer allows device logins.", AskAdministrator),
        ["AADSTS65001"] = NoConsent,
        ["AADSTS65004"] = new(
            DeviceLoginFailure.Denied, "The consent was declined.", "Sign in again and consent, if that was a mistake."),
        ["AADSTS90002"] = new(DeviceLoginFailure.Configuration, "This tenant does not exist.", "Check the tenant's id or domain."),
        ["AADSTS90094"] = new(DeviceLoginFailure.Policy, "An administrator must first consent to this client.", AskAdministrator),
        ["AADSTS700016"] = UnknownClient,
        ["AADSTS7000218"] = new(
            DeviceLoginFailure.Configuration,
            "This client is not registered as a public client.",
            "Allow public client flows in its authentication settings{registration}."),
    };

    /// <summary>Returns the failure of a login whose code expired before the user decided.</summary>
    public static DeviceLoginException CodeExpired() => new(Expired.Failure, Expired.Message, Expired.Fix);

    /// <summary>Returns the failure that a response without success stands for.</summary>
    public static DeviceLoginException Of(ServerResponse response, Provider provider)
    {
        var (error, description) = (response.Error, response.ErrorDescription);

        // Before the body is considered, because proxies and gateways return their own pages.
        if (response.IsTransient)
        {
            var problem = response.Status == 429 ? "is rate-limiting requests" : "is unavailable";
            var fix = response.RetryAfter is { Ticks: > 0 } time && time <= LongestWait
                ? $"Wait {Math.Ceiling(time.TotalSeconds)} seconds, then try again."
                : response.Status == 429 ? "Wait, then try again."
                : "Try again later.";
            return Create(DeviceLoginFailure.Network, $"{provider.Name} {problem} (HTTP {response.Status}).", fix);
        }

        if (response.Failure is { } failure)
        {
            return failure;
        }

        if (error is null)
        {
            return Create(
                DeviceLoginFailure.Protocol,
                $"{provider.Name} returned neither a result nor an error (HTTP {response.Status}).",
                "Check the provider's endpoints.");
        }

        var finer = MicrosoftCode.Match(description ?? "").Value;
        if (Explanations.TryGetValue(finer, out var explanation))
        {
            error = finer;
        }
        else if (!Explanations.TryGetValue(error, out explanation))
        {
            // Not through Fill, which would replace what looks like a placeholder in the server's text.
            return Create(
                DeviceLoginFailure.Protocol,
                $"{provider.Name} returned the error {error}.",
                $"Look the error up in the documentation of {provider.Name}.");
        }

        return Create(explanation.Failure, Fill(explanation.Message, provider), Fill(explanation.Fix, provider));

        DeviceLoginException Create(DeviceLoginFailure kind, string message, string fix) =>
            new(kind, message, fix)
            {
                Error = error,
                ErrorDescription = description,
                Status = response.Status,
                RetryAfter = response.RetryAfter,
            };
    }

    /// <summary>Returns the failure of a poll: a DeviceCode service answers <c>not_found</c> for an unknown code, too.</summary>
    public static DeviceLoginException OfPoll(ServerResponse response, Provider provider)
    {
        var failure = Of(response, provider);
        return failure.Error == "not_found"
            ? new DeviceLoginException(InvalidCode.Failure, Fill(InvalidCode.Message, provider), InvalidCode.Fix)
            {
                Error = failure.Error,
                ErrorDescription = failure.ErrorDescription,
                Status = failure.Status,
            }
            : failure;
    }

    /// <summary>Returns the failure of a refresh: where the server rejects the grant, the user must sign in again.</summary>
    public static DeviceLoginException OfRefresh(ServerResponse response, Provider provider)
    {
        var failure = Of(response, provider);
        var isGrantRejected =
            failure.Failure is DeviceLoginFailure.InvalidCode or DeviceLoginFailure.Denied or DeviceLoginFailure.Expired
                or DeviceLoginFailure.SignInAgain
            || failure.Error is "interaction_required" or "consent_required" or "bad_refresh_token";
        var message = $"The login at {provider.Name} has ended.";
        return isGrantRejected
            ? new DeviceLoginException(DeviceLoginFailure.SignInAgain, message, "Sign in again.", failure)
            {
                Error = failure.Error,
                ErrorDescription = failure.ErrorDescription,
                Status = failure.Status,
            }
            : failure;
    }

    private static string Fill(string text, Provider provider) => text
        .Replace("{registration}", provider.RegistrationPage is { } page ? $", at {page}" : "", StringComparison.Ordinal)
        .Replace("{provider}", provider.Name, StringComparison.Ordinal);

    [GeneratedRegex(@"^AADSTS\d+")]
    private static partial Regex MicrosoftCode { get; }

    private sealed record Explanation(DeviceLoginFailure Failure, string Message, string Fix);
}
