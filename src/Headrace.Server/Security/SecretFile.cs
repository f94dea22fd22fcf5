using System.Text;
using Headrace.Core;

namespace Headrace.Server.Security;

/// <summary>A file that only its owner can read. It contains a secret of 256 random bits as one line of text.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="prefix">The text before the random characters, which shows the purpose of the secret.</param>
/// <param name="name">The name of the content in messages, such as <c>admin key</c>.</param>
internal sealed class SecretFile(string path, string prefix, string name)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Returns the secret; null if the file does not exist. Throws <see cref="HeadraceException"/> if the file cannot
    /// be read or does not contain a secret.
    /// </summary>
    public string? TryRead()
    {
        if (!File.Exists(path))
            return null;
        string text;
        try
        {
            File.SetUnixFileMode(path, OwnerOnly);
            text = File.ReadAllText(path).Trim();
        }
        catch (UnauthorizedAccessException)
        {
            throw new HeadraceException(
                $"The {name} {path} cannot be read by user {Environment.UserName}. Make that user the owner of the "
                    + "file, or choose another data folder with --data."
            );
        }
        return IsSecret(text)
            ? text
            : throw new HeadraceException(
                $"The file {path} does not contain the {name}. Delete the file and start the server again; it then "
                    + "creates a new one."
            );
    }

    /// <summary>Writes a new secret to the file and returns it.</summary>
    public string Create()
    {
        var secret = prefix + SecretText.Create();
        Write(secret);
        return secret;
    }

    /// <summary>
    /// Writes a running server's secret again if its file was deleted. Returns whether the file was written.
    /// </summary>
    public bool Restore(string secret)
    {
        if (File.Exists(path))
            return false;
        Write(secret);
        return true;
    }

    public void Delete() => File.Delete(path);

    private bool IsSecret(string text) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && SecretText.IsSecret(text.AsSpan(prefix.Length));

    private void Write(string secret)
    {
        // The secret is written to a temporary file, which is then renamed, so that a crash never leaves a partial
        // secret. The next start replaces any temporary file that a crash leaves behind.
        var draft = path + ".new";
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
        {
            file.Write(Encoding.ASCII.GetBytes(secret + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }
}
