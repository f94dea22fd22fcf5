using System.Text;

namespace Headrace.Bridges;

/// <summary>Finds the password with which a bridge connects.</summary>
internal static class BrokerPassword
{
    /// <summary>A longer file is not a password. It could be a key that somebody named by mistake.</summary>
    private const int MaxBytes = 1_024;

    /// <summary>
    /// Returns the password of the definition, or the line of its password file as it is now, so that a new password
    /// needs no change of the bridge. Returns null if the broker requires none. Throws <see cref="BrokerException"/> if
    /// the file has no password.
    /// </summary>
    public static string? Of(BridgeDefinition bridge)
    {
        if (bridge.PasswordFile is not { } path)
            return bridge.Password;
        try
        {
            // A pipe or device has the length 0 as well, and reading it could wait or never end.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
            if (new FileInfo(file.FullName).Length is var length and (0 or > MaxBytes))
                throw Invalid(path, $"has {length} bytes");
            var text = Encoding.UTF8.GetString(File.ReadAllBytes(file.FullName)).TrimEnd('\r', '\n');
            return text.Length == 0 || text.Contains('\n', StringComparison.Ordinal)
                ? throw Invalid(path, "does not have one line")
                : text;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BrokerException(
                $"The password file {path} cannot be read: {failure.Message.TrimEnd('.')}. The user of the server must "
                    + "be able to read it.",
                failure
            );
        }
    }

    private static BrokerException Invalid(string path, string fault) =>
        new($"The password file {path} {fault}. It must have one line with the password, at most {MaxBytes} bytes.");
}
