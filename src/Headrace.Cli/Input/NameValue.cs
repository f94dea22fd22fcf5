using Headrace.Commands;

namespace Headrace.Cli.Input;

/// <summary>Parameters as <c>NAME=VALUE</c>; the value may hold further '=' and may be empty.</summary>
internal static class NameValue
{
    public static IReadOnlyDictionary<string, string> Read(IEnumerable<string> tokens)
    {
        var values = new Dictionary<string, string>();
        foreach (var token in tokens)
        {
            var at = token.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new UsageException(
                    $"'{token}' is not a parameter. Write NAME=VALUE, such as iterations=1000.{FileHint(token)}"
                );
            if (!values.TryAdd(token[..at], token[(at + 1)..]))
                throw new UsageException($"The parameter '{token[..at]}' is given twice.");
        }
        return values;
    }

    private static string FileHint(string token) =>
        token.TrimStart('@', '<') is var file && File.Exists(file) ? $" A file goes with --input {file}." : "";
}
