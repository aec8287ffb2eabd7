namespace DeviceCode.Client;

using System.Text.RegularExpressions;

/// <summary>What a server's error codes mean for the person at the terminal.</summary>
internal static partial class Refusals
{
    private const string Ask = "Ask an administrator to allow it, or sign in with another account.";

    // Codes mean the same at every provider that has them. {0} is the provider, {1} where its clients are registered.
    private static readonly Dictionary<string, (DeviceLoginFailure Failure, string Message, string Fix)> Meanings = new(StringComparer.OrdinalIgnoreCase)
    {
        // RFC 8628 §3.5, and what Microsoft, GitHub and others say instead.
        ["access_denied"] = (DeviceLoginFailure.Denied, "The login was declined.", "Sign in again and approve it, if that was a mistake."),
        ["authorization_declined"] = (DeviceLoginFailure.Denied, "The login was declined.", "Sign in again and approve it, if that was a mistake."),
        ["expired_token"] = Expired,
        ["token_expired"] = Expired,
        ["code_expired"] = Expired,
        ["invalid_grant"] = InvalidCode,
        ["bad_verification_code"] = InvalidCode,
        ["incorrect_device_code"] = InvalidCode,
        ["not_found"] = (DeviceLoginFailure.Configuration, "{0} has nothing at this address.", "Check the address, and the endpoints of the provider where they are given."),
        ["already_used"] = (DeviceLoginFailure.InvalidCode, "This code has completed a login already.", "Sign in again to get a new code."),

        // RFC 6749 §5.2.
        ["invalid_client"] = UnknownClient,
        ["incorrect_client_credentials"] = UnknownClient,
        ["Not Found"] = UnknownClient, // GitHub, with status 404, of a client id that it does not know
        ["unauthorized_client"] = NoDeviceLogin,
        ["unsupported_grant_type"] = NoDeviceLogin,
        ["device_flow_disabled"] = NoDeviceLogin,
        ["invalid_scope"] = (DeviceLoginFailure.Configuration, "{0} does not grant the requested scope to this client.", "Ask for other scopes, or allow them for the client{1}."),
        ["invalid_target"] = (DeviceLoginFailure.Configuration, "{0} does not know the requested resource.", "Check the scope and the other parameters of the login."),
        ["invalid_resource"] = (DeviceLoginFailure.Configuration, "{0} does not know the requested resource.", "Check the scope and the other parameters of the login."),
        ["invalid_request"] = (DeviceLoginFailure.Configuration, "{0} does not accept the request.", "Check the client id, the scope and the other parameters of the login."),

        // Not for long.
        ["temporarily_unavailable"] = OutOfOrder,
        ["server_error"] = OutOfOrder,
        ["rate_limit_exceeded"] = (DeviceLoginFailure.Network, "{0} is asked for too many codes.", "Try again later."),

        // Rules of administrators.
        ["org_internal"] = (DeviceLoginFailure.Policy, "This client is only for accounts of the organization that it belongs to.", "Sign in with an account of that organization, or use another client."),
        ["admin_policy_enforced"] = (DeviceLoginFailure.Policy, "An administrator does not allow this client, or what it asks for.", Ask),
        ["application_suspended"] = (DeviceLoginFailure.Policy, "{0} has suspended this client.", "Use another client, or ask {0} why."),
        ["consent_required"] = (DeviceLoginFailure.Policy, "This client has not been consented to.", "Sign in again and consent, or ask an administrator to."),
        ["interaction_required"] = (DeviceLoginFailure.Policy, "A rule of the organization asks for more than a device login can show.", Ask),
        ["login_required"] = (DeviceLoginFailure.SignInAgain, "{0} wants the person to sign in again.", "Sign in again."),

        // Microsoft's finer codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
        ["AADSTS50005"] = (DeviceLoginFailure.Policy, "A rule of the organization does not allow logins from this platform.", Ask),
        ["AADSTS50020"] = (DeviceLoginFailure.Policy, "This account is not in the tenant that it signs in to.", "Sign in with an account of the tenant, or name another tenant."),
        ["AADSTS50097"] = (DeviceLoginFailure.Policy, "A rule of the organization asks for a registered device.", Ask),
        ["AADSTS50105"] = (DeviceLoginFailure.Policy, "This account has not been assigned to the application.", Ask),
        ["AADSTS50199"] = (DeviceLoginFailure.Policy, "Microsoft wants the login to be confirmed in a browser, and it was not.", "Sign in again, and answer yes when the browser asks whether you trust this application."),
        ["AADSTS53000"] = (DeviceLoginFailure.Policy, "A rule of the organization asks for a compliant device.", Ask),
        ["AADSTS53001"] = (DeviceLoginFailure.Policy, "A rule of the organization asks for a device that has joined its domain.", Ask),
        ["AADSTS53002"] = (DeviceLoginFailure.Policy, "A rule of the organization does not approve of this application.", Ask),
        ["AADSTS53003"] = (DeviceLoginFailure.Policy, "A conditional access rule of the organization blocks this login, as many do with device logins.", Ask),
        ["AADSTS53004"] = (DeviceLoginFailure.Policy, "The account must set up multi-factor authentication first, from a place that the organization trusts.", Ask),
        ["AADSTS530036"] = (DeviceLoginFailure.Policy, "A rule of the organization does not allow device logins any more.", Ask),
        ["AADSTS65001"] = (DeviceLoginFailure.Policy, "This client has not been consented to.", "Sign in again and consent, or ask an administrator to."),
        ["AADSTS65004"] = (DeviceLoginFailure.Denied, "The consent was declined.", "Sign in again and consent, if that was a mistake."),
        ["AADSTS90002"] = (DeviceLoginFailure.Configuration, "There is no such tenant.", "Check the tenant's id or domain."),
        ["AADSTS90094"] = (DeviceLoginFailure.Policy, "An administrator must consent to this client first.", Ask),
        ["AADSTS700016"] = UnknownClient,
        ["AADSTS7000218"] = (DeviceLoginFailure.Configuration, "This client is not registered as a public client.", "Allow public client flows in its authentication settings{1}."),
    };

    private static (DeviceLoginFailure Failure, string Message, string Fix) Expired =>
        (DeviceLoginFailure.Expired, "The code has expired before the login was approved.", "Sign in again to get a new code.");

    private static (DeviceLoginFailure Failure, string Message, string Fix) InvalidCode =>
        (DeviceLoginFailure.InvalidCode, "{0} does not accept this code any more.", "Sign in again to get a new code.");

    private static (DeviceLoginFailure Failure, string Message, string Fix) UnknownClient =>
        (DeviceLoginFailure.Configuration, "{0} does not know this client, or its secret is wrong.", "Check the client id and secret{1}.");

    private static (DeviceLoginFailure Failure, string Message, string Fix) OutOfOrder =>
        (DeviceLoginFailure.Network, "{0} is out of order.", "Try again later.");

    private static (DeviceLoginFailure Failure, string Message, string Fix) NoDeviceLogin =>
        (DeviceLoginFailure.Configuration, "This client may not use device logins.", "Enable the device flow in the client's settings{1}.");

    /// <summary>Nobody decided in time.</summary>
    public static DeviceLoginException CodeExpired() => new(Expired.Failure, Expired.Message, Expired.Fix) { Error = "expired_token" };

    /// <summary>What an answer without success means for a login.</summary>
    public static DeviceLoginException Of(Answer answer, Provider provider)
    {
        if (answer.Trouble is { } trouble)
        {
            return trouble;
        }

        var (error, description) = (answer.Error, answer.ErrorDescription);
        if (answer.Status == 429)
        {
            var wait = answer.RetryAfter is { } time ? $" for {Math.Ceiling(time.TotalSeconds)} seconds" : "";
            return New(DeviceLoginFailure.Network, $"{provider.Name} is asked too often.", $"Wait{wait}, then try again.");
        }

        if (answer.Status >= 500)
        {
            return New(DeviceLoginFailure.Network, $"{provider.Name} is out of order: it answers with status {answer.Status}.", "Try again later.");
        }

        if (error is null)
        {
            return New(DeviceLoginFailure.Protocol, $"{provider.Name} answers with status {answer.Status} and neither a result nor an error.", "Check the addresses of the provider.");
        }

        var finer = MicrosoftCode.Match(description ?? "").Value;
        if (Meanings.TryGetValue(finer, out var meaning))
        {
            error = finer;
        }
        else if (!Meanings.TryGetValue(error, out meaning))
        {
            meaning = (DeviceLoginFailure.Protocol, $"{{0}} refuses with the error {error.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)}.", "Look the error up in the documentation of {0}.");
        }

        return New(meaning.Failure, meaning.Message, meaning.Fix);

        DeviceLoginException New(DeviceLoginFailure failure, string message, string fix) =>
            new(failure, Fill(message, provider), Fill(fix, provider)) { Error = error, ErrorDescription = description };
    }

    /// <summary>What an answer without success means for a poll: a DeviceCode service says of a code, too, that it is not found.</summary>
    public static DeviceLoginException OfPoll(Answer answer, Provider provider)
    {
        var refusal = Of(answer, provider);
        return refusal.Error == "not_found"
            ? new DeviceLoginException(InvalidCode.Failure, Fill(InvalidCode.Message, provider), InvalidCode.Fix) { Error = refusal.Error, ErrorDescription = refusal.ErrorDescription }
            : refusal;
    }

    /// <summary>What an answer without success means for a refresh: a grant that is no good ends in a new login.</summary>
    public static DeviceLoginException OfRefresh(Answer answer, Provider provider)
    {
        var refusal = Of(answer, provider);
        return refusal.Failure is DeviceLoginFailure.InvalidCode or DeviceLoginFailure.Denied or DeviceLoginFailure.Expired or DeviceLoginFailure.SignInAgain
            || refusal.Error is "interaction_required" or "consent_required" or "bad_refresh_token"
            ? new DeviceLoginException(DeviceLoginFailure.SignInAgain, $"The login at {provider.Name} has ended.", "Sign in again.", refusal)
            {
                Error = refusal.Error,
                ErrorDescription = refusal.ErrorDescription,
            }
            : refusal;
    }

    private static string Fill(string text, Provider provider) => text
        .Replace("{0}", provider.Name, StringComparison.Ordinal)
        .Replace("{1}", provider.RegistrationPage is { } page ? $", at {page}" : "", StringComparison.Ordinal);

    [GeneratedRegex(@"^AADSTS\d+")]
    private static partial Regex MicrosoftCode { get; }
}
