using System.Text.Json;

namespace Headrace.Protocol.Local;

/// <summary>
/// Reads the server from the user's configuration, <c>config.json</c>. Every program that connects to a server uses it.
/// The other settings in the file apply to <c>headrace up</c>.
/// </summary>
internal static class UserConfigFile
{
    /// <summary>
    /// The name of the setting. It is not read from <c>./headrace.json</c>. Otherwise, anyone who can write to the
    /// current folder could cause the key in <c>HEADRACE_KEY</c> to be sent to another server.
    /// </summary>
    public const string Server = "server";

    private static readonly JsonDocumentOptions Lenient = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Returns the server that the file specifies; null if there is no such file or no such setting.</summary>
    /// <exception cref="ArgumentException">The file cannot be read.</exception>
    public static NamedServer? ReadServer(string? path)
    {
        if (path is null || !File.Exists(path))
            return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                foreach (var setting in document.RootElement.EnumerateObject())
                    if (
                        setting.Name.Equals(Server, StringComparison.OrdinalIgnoreCase)
                        && setting.Value.ValueKind == JsonValueKind.String
                        && setting.Value.GetString() is { } address
                        && !string.IsNullOrWhiteSpace(address)
                    )
                        return new NamedServer(address, path);
            return null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ArgumentException(
                $"The settings file {path} cannot be read: {unreadable.Message} Correct it, or set "
                    + $"{WorkerProcess.Server} to the address of the server.",
                unreadable
            );
        }
    }
}
