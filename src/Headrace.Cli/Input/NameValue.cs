using Headrace.Commands;

namespace Headrace.Cli.Input;

/// <summary>
/// Reads parameters of the form <c>NAME=VALUE</c>. The value may be empty and may itself contain '='.
/// </summary>
internal static class NameValue
{
    public static IReadOnlyDictionary<string, string> Read(IEnumerable<string> tokens)
    {
        var values = new Dictionary<string, string>();
        foreach (var token in tokens)
        {
            var separator = token.IndexOf('=', StringComparison.Ordinal);
            if (separator < 1)
                throw new UsageException(
                    $"'{token}' is not a parameter. Write NAME=VALUE, such as iterations=1000.{FileHint(token)}"
                );
            if (!values.TryAdd(token[..separator], token[(separator + 1)..]))
                throw new UsageException($"Parameter '{token[..separator]}' is specified twice.");
        }
        return values;
    }

    private static string FileHint(string token) =>
        token.TrimStart('@', '<') is var file && File.Exists(file) ? $" To submit a file, use --input {file}." : "";
}
