using System.Text;
using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Security;

/// <summary>
/// The admin's bearer key: 256 random bits as text, in a file that only its owner can read. The first start of the
/// server creates the file.
/// </summary>
internal static class AdminKey
{
    public const string Prefix = "hr_";

    /// <summary>
    /// Returns the key of a data folder. Throws <see cref="HeadraceException"/> if the file does not contain a key.
    /// </summary>
    public static string LoadOrCreate(string data)
    {
        var path = LocalPaths.AdminKey(data);
        string key;
        try
        {
            if (!File.Exists(path))
                Create(path);
            else
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            key = File.ReadAllText(path).Trim();
        }
        catch (UnauthorizedAccessException)
        {
            throw new HeadraceException(
                $"The admin key {path} cannot be read by user {Environment.UserName}. Make that user the owner of the "
                    + "file, or choose another data folder with --data."
            );
        }
        return IsKey(key)
            ? key
            : throw new HeadraceException(
                $"The file {path} does not contain an admin key. Delete the file and start the server again; it then "
                    + "creates a new key."
            );
    }

    /// <summary>
    /// Writes the key of a running server again if its file was deleted. Returns whether it was written.
    /// </summary>
    public static bool Restore(string data, string key)
    {
        var path = LocalPaths.AdminKey(data);
        if (File.Exists(path))
            return false;
        Write(path, key);
        return true;
    }

    private static bool IsKey(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && SecretText.IsSecret(text.AsSpan(Prefix.Length));

    private static void Create(string path) => Write(path, Prefix + SecretText.Create());

    private static void Write(string path, string key)
    {
        // The key is written to a temporary file, which is then renamed, so that a crash never leaves a partial key.
        // After a crash, the next start tries again.
        var draft = path + ".new";
        File.Delete(draft);
        using (
            var file = new FileStream(
                draft,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            file.Write(Encoding.ASCII.GetBytes(key + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path);
    }
}
