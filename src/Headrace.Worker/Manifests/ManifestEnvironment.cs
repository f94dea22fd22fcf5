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
        foreach (var name in names)
            if (!IsName(name))
                values.Add(value.Place, InvalidName(name));
            else if (IsReserved(name))
                values.Add(value.Place, $"{name} cannot be passed. {ReservedReason}");
        return names;
    }

    private static List<KeyValuePair<string, string>> ReadSet(ManifestValues values, LocatedJson value)
    {
        var variables = new List<KeyValuePair<string, string>>();
        if (!values.Is(value, JsonValueKind.Object, "set", "an object of names and values"))
            return variables;
        var seen = new HashSet<string>();
        foreach (var member in value.Members)
            if (!IsName(member.Name))
                values.Add(member.Place, InvalidName(member.Name));
            else if (IsReserved(member.Name))
                values.Add(member.Place, $"{member.Name} cannot be set. {ReservedReason}");
            else if (!seen.Add(member.Name))
                values.Add(member.Place, $"'{member.Name}' occurs twice.");
            else
                variables.Add(new(member.Name, ReadValue(values, member)));
        return variables;
    }

    private static string ReadValue(ManifestValues values, LocatedMember member)
    {
        var text = values.Text(member.Value, $"The variable {member.Name}", "");
        // The program would receive only the part before it.
        if (text.Contains('\0', StringComparison.Ordinal))
            values.Add(member.Value.Place, $"The variable {member.Name} cannot contain the character U+0000.");
        return text;
    }

    private static bool IsName(string name) => name.Length > 0 && name.IndexOfAny(['=', '\0']) < 0;

    private static string InvalidName(string name) => $"'{name}' is not a valid name for an environment variable.";

    private static bool IsReserved(string name) => name.StartsWith(ReservedPrefix, StringComparison.Ordinal);
}
