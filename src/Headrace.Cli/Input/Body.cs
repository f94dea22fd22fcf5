using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Input;

/// <summary>The body of one job, from a file or from standard input (<c>-</c>).</summary>
internal static class Body
{
    /// <summary>The server's limit. It is checked here as well, so that a file that is too large is not sent.</summary>
    private const long MaxBytes = SubmitRequest.MaxBodyBytes;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (file == "-")
        {
            await using var input = Console.OpenStandardInput();
            await using var bytes = new MemoryStream();
            var buffer = new byte[64 << 10];
            while (await input.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                await bytes.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                if (bytes.Length > MaxBytes)
                    throw TooLargeMessage("standard input", bytes.Length);
            }
            return bytes.ToArray();
        }
        Check(file);
        return await File.ReadAllBytesAsync(file, cancellationToken);
    }

    /// <summary>Throws if the file cannot be used as a body. Called before anything is sent.</summary>
    public static void Check(string file)
    {
        var info = new FileInfo(file);
        if (Directory.Exists(file))
            throw new UsageException($"'{file}' is a folder. Specify files, for example {Path.Join(file, "*")}.");
        if (!info.Exists)
            throw new UsageException(
                file.Contains('=', StringComparison.Ordinal)
                    ? $"File '{file}' does not exist. Parameters must come before --each and --input."
                    : $"File '{file}' does not exist."
            );
        if (info.Length > MaxBytes)
            throw TooLargeMessage($"'{file}'", info.Length);
    }

    private static InputTooLargeException TooLargeMessage(string source, long bytes) =>
        new(
            $"{source} is at least {bytes} bytes, but a body can be at most {MaxBytes} bytes. Pass the location of "
                + "larger data as a parameter."
        );
}
