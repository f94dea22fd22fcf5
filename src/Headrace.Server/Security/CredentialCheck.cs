using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>The result of checking a credential: the caller, or the reason why the credential is not valid.</summary>
internal readonly record struct CredentialCheck
{
    /// <summary>The credential is of another kind, or the request has no credential.</summary>
    public static readonly CredentialCheck NotRecognised;

    /// <summary>The credential has the format of its kind, but can be verified only asynchronously.</summary>
    public static readonly CredentialCheck Deferred = new() { IsDeferred = true };

    /// <summary>The server is starting and cannot check credentials yet.</summary>
    public static readonly CredentialCheck Unavailable = new()
    {
        IsUnavailable = true,
        Fault = "The server is starting and has not loaded its keys yet.",
    };

    public bool IsDeferred { get; private init; }

    /// <summary>Whether the caller should try again, because the credential could not be checked.</summary>
    public bool IsUnavailable { get; private init; }

    public Caller? Caller { get; private init; }

    /// <summary>
    /// The reason why the credential is not valid, as a sentence that does not contain the credential.
    /// </summary>
    public string? Fault { get; private init; }

    public bool IsRecognised => Caller is not null || Fault is not null || IsDeferred;

    public static CredentialCheck Of(Caller caller) => new() { Caller = caller };

    public static CredentialCheck Invalid(string fault) => new() { Fault = fault };
}
