using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Core;

namespace Headrace.Protocol.Local;

/// <summary>
/// The tokens of a user's login to one server, in a file that only this user can read. <c>headrace login</c> writes it,
/// and every client of the same user reads it.
/// </summary>
internal sealed record StoredLogin(
    string Server,
    string User,
    string Token,
    DateTimeOffset Expires,
    string RefreshToken,
    DateTimeOffset RefreshExpires
)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Returns the login to a server; null if there is none, or if its file cannot be read.</summary>
    public static StoredLogin? Read(ServerEndpoint server)
    {
        if (PathOf(server) is not { } path)
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), StoredLoginJson.Default.StoredLogin);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Writes the file. It replaces the previous file atomically, so that no reader sees a partial file.
    /// </summary>
    [SupportedOSPlatform("linux")]
    [SupportedOSPlatform("macos")]
    public void Write(ServerEndpoint server)
    {
        var path =
            PathOf(server)
            ?? throw new HeadraceException(
                "The login cannot be stored, because the user has no home folder, or it does not exist. Set "
                    + "XDG_STATE_HOME to an absolute path."
            );
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        var draft = $"{path}.{Environment.ProcessId}.new";
        File.Delete(draft);
        using (
            var file = new FileStream(
                draft,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = OwnerOnly,
                }
            )
        )
            JsonSerializer.Serialize(file, this, StoredLoginJson.Default.StoredLogin);
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Deletes the file of an ended login.</summary>
    public static void Delete(ServerEndpoint server)
    {
        if (PathOf(server) is { } path)
            File.Delete(path);
    }

    /// <summary>
    /// Locks the login to a server against other processes, so that only one of them uses the refresh token, which can
    /// be used only once. Returns null while another process holds the lock. The lock is released when the result is
    /// disposed of.
    /// </summary>
    public static IDisposable? TryLock(ServerEndpoint server)
    {
        try
        {
            return PathOf(server) is { } path
                ? new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Omits the tokens. The ToString method that is generated for a record would include them.</summary>
    public override string ToString() => $"{User} at {Server}";

    /// <summary>
    /// The file name is a hash, because an address contains characters that are not allowed in a file name.
    /// </summary>
    private static string? PathOf(ServerEndpoint server) =>
        LocalPaths.Logins is { } folder
            ? Path.Combine(
                folder,
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server.ToString())))[..32] + ".json"
            )
            : null;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StoredLogin))]
internal sealed partial class StoredLoginJson : JsonSerializerContext;
