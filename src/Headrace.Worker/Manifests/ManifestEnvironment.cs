using System.Text.Json;

namespace Headrace.Worker.Manifests;

/// <summary>Reads which environment variables a program receives.</summary>
internal static class ManifestEnvironment
{
    private const string ReservedPrefix = "HEADRACE_";

    private const string ReservedReason =
        $"Variables that begin with {ReservedPrefix} are reserved for Headrace, and one of them may contain a key.";

    /// <summary>Returns the manifest with the variables that the member <c>environment</c> specifies.</summary>
    public static MethodManifest Read(ManifestValues values, LocatedJson value, MethodManifest manifest)
    {
        values.Object(
            value,
            "environment",
            new Dictionary<string, Action<LocatedJson>>
            {
                ["pass"] = pass => manifest = manifest with { PassedVariables = ReadPassed(values, pass) },
                ["set"] = set => manifest = manifest with { SetVariables = ReadSet(values, set) },
            }
        );
        return manifest;
    }

    private static List<string> ReadPassed(ManifestValues values, LocatedJson value)
    {
        var names = values.Texts(value, "pass");
        foreach (var name in names.Where(IsReserved))
            values.Add(value.Place, $"{name} cannot be passed. {ReservedReason}");
        return names;
    }

    private static List<KeyValuePair<string, string>> ReadSet(ManifestValues values, LocatedJson value)
    {
        var variables = new List<KeyValuePair<string, string>>();
        if (!values.Is(value, JsonValueKind.Object, "set", "an object of names and values"))
            return variables;
        foreach (var member in value.Members)
            if (member.Name.Length == 0 || member.Name.IndexOfAny(['=', '\0']) >= 0)
                values.Add(member.Place, $"'{member.Name}' is not a valid name for an environment variable.");
            else if (IsReserved(member.Name))
                values.Add(member.Place, $"{member.Name} cannot be set. {ReservedReason}");
            else
                variables.Add(new(member.Name, values.Text(member.Value, $"The variable {member.Name}", "")));
        return variables;
    }

    private static bool IsReserved(string name) => name.StartsWith(ReservedPrefix, StringComparison.Ordinal);
}
