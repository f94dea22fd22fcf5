namespace Headrace.Server.Security;

/// <summary>
/// An identity provider (OpenID Connect) whose tokens the server accepts. The server downloads the provider's keys from
/// the issuer's address.
/// </summary>
public sealed record OidcOptions
{
    /// <summary>
    /// The address of the issuer. The provider publishes <c>.well-known/openid-configuration</c> under this address.
    /// </summary>
    public required string Issuer { get; init; }

    /// <summary>The audience that tokens for this server must have. It is often the client id.</summary>
    public required string Audience { get; init; }

    /// <summary>
    /// The claim that contains the name of the user. The owner of the user's jobs is <c>oidc:NAME</c>.
    /// </summary>
    public string NameClaim { get; init; } = "sub";

    /// <summary>The claim that contains the groups of the user, as a string or an array of strings.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>
    /// The role of each group, such as <c>submitter=eu</c>. A token is rejected if none of its groups is in this table.
    /// </summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>Adds a message for each error in the options.</summary>
    internal void Validate(List<string> faults)
    {
        if (
            !Uri.TryCreate(Issuer, UriKind.Absolute, out var address)
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        )
            faults.Add(
                $"The OIDC issuer is '{Issuer}', which is not valid. Use an https address; http is accepted only for "
                    + "an issuer on this machine, because the server accepts every token that is signed with the "
                    + "issuer's keys."
            );
        if (Audience.Length == 0)
            faults.Add("The OIDC audience is missing. Set oidc:audience to the audience of tokens for this server.");
        if (Roles.Count == 0)
            faults.Add("No OIDC group has a role. Set oidc:roles, for example to 'developers:submitter=eu;ops:admin'.");
        foreach (var (group, role) in Roles)
            if (!Access.Grant.TryParse(role, out _))
                faults.Add(
                    $"The role of the OIDC group '{group}' is '{role}', which is not valid. Use {Access.Grant.Format}."
                );
    }
}
