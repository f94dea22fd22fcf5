using Headrace.Commands;
using Headrace.Server.Security;

namespace Headrace.Cli.Settings;

/// <summary>Reads the <c>oidc:…</c> settings, which configure an identity provider.</summary>
internal static class OidcSettings
{
    private const string Roles = "oidc:roles";

    private static readonly string[] Required = ["oidc:issuer", "oidc:audience"];

    /// <summary>
    /// Returns the provider; null if none is configured. Adds an error if it is only partially configured.
    /// </summary>
    public static OidcOptions? Read(SettingsSource settings, List<string> errors)
    {
        var missing = Required.Where(name => string.IsNullOrWhiteSpace(settings.Text(name))).ToList();
        if (missing.Count == Required.Length && settings.LayerOf(Roles) is null)
            return null;
        if (missing.Count > 0)
        {
            errors.Add($"An identity provider requires the settings {string.Join(", ", missing)}. Set them as well.");
            return null;
        }
        var options = new OidcOptions
        {
            Issuer = settings.Text("oidc:issuer")!,
            Audience = settings.Text("oidc:audience")!,
            Roles = RolesOf(settings),
        };
        return options with
        {
            NameClaim = settings.Text("oidc:name_claim") ?? options.NameClaim,
            GroupsClaim = settings.Text("oidc:groups_claim") ?? options.GroupsClaim,
        };
    }

    /// <summary>Formats the roles as one line of text.</summary>
    public static string Write(IReadOnlyDictionary<string, string> roles) =>
        string.Join(';', roles.Select(role => $"{role.Key}:{role.Value}"));

    /// <summary>Reads <c>{"GROUP": "ROLE"}</c> or <c>GROUP:ROLE;…</c>.</summary>
    private static Dictionary<string, string> RolesOf(SettingsSource settings)
    {
        var roles = new Dictionary<string, string>();
        if (settings.LayerOf(Roles) is not { } layer)
            return roles;
        if (layer.Find(Roles) is not { } line)
            return layer.ChildNames(Roles).ToDictionary(group => group, group => layer.Find($"{Roles}:{group}")!.Text);
        foreach (
            var part in line.Text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            var colon = part.LastIndexOf(':');
            if (colon <= 0)
                throw new UsageException(
                    $"The {Roles} setting is '{line.Text}' ({line.Origin}). Use GROUP:ROLE, such as "
                        + "developers:submitter=eu. Separate multiple pairs with semicolons."
                );
            roles[part[..colon]] = part[(colon + 1)..];
        }
        return roles;
    }
}
