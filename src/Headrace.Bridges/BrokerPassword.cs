using System.Text;

namespace Headrace.Bridges;

/// <summary>Finds the password that a bridge uses to connect.</summary>
internal static class BrokerPassword
{
    /// <summary>
    /// Maximum file size in bytes. A larger file is not a password; it could be a key file specified by mistake.
    /// </summary>
    private const int MaxBytes = 1_024;

    /// <summary>
    /// Returns the password in the definition, or the current content of its password file. The bridge therefore need
    /// not be changed when the password in the file changes. Returns null if the broker requires none. Throws
    /// <see cref="BrokerException"/> if the file does not contain a password.
    /// </summary>
    public static string? Of(BridgeDefinition bridge)
    {
        if (bridge.PasswordFile is not { } path)
            return bridge.Password;
        try
        {
            // This check also rejects pipes and devices, whose length is 0. Reading one could block or never end.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
            if (new FileInfo(file.FullName).Length is var length and (0 or > MaxBytes))
                throw Invalid(path, $"has {length} bytes");
            var text = Encoding.UTF8.GetString(File.ReadAllBytes(file.FullName)).TrimEnd('\r', '\n');
            return text.Length == 0 || text.Contains('\n', StringComparison.Ordinal)
                ? throw Invalid(path, "does not contain exactly one line")
                : text;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BrokerException(
                $"The password file {path} cannot be read: {failure.Message.TrimEnd('.')}. The user that runs the "
                    + "server must be able to read it.",
                failure
            );
        }
    }

    private static BrokerException Invalid(string path, string fault) =>
        new($"The password file {path} {fault}. It must contain one line with a password of at most {MaxBytes} bytes.");
}
