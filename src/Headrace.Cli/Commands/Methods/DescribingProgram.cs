using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods;

/// <summary>
/// A program that describes methods: it prints <c>{"methods": [...]}</c>, which are manifests, or writes the reason to
/// standard error and exits with an error.
/// </summary>
internal sealed record DescribingProgram
{
    /// <summary>
    /// Time limit for the program. Importing a large library or loading a large model from a cold disk can take
    /// minutes.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private const int NoSuchFile = 2; // ENOENT

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Gets the program and its arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Gets the folder in which the program runs and to which the manifests are written.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the variables that the program needs in addition to those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the name of the file that the program describes.</summary>
    public required string File { get; init; }

    /// <summary>
    /// Gets the function that, given the reason, returns the message for a program that cannot be started.
    /// </summary>
    public required Func<string, string> Missing { get; init; }

    /// <summary>Gets the instruction for the user in case the program takes too long.</summary>
    public required string SlowRemedy { get; init; }

    /// <summary>Runs the program, and saves the printed manifests in the folder.</summary>
    /// <exception cref="HeadraceException">The program failed. The message states the reason.</exception>
    public async Task WriteManifestsAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        using var described = JsonDocument.Parse(await ReadAsync(process, cancellationToken));
        var manifests = described.RootElement.GetProperty("methods").EnumerateArray().ToList();
        foreach (var manifest in manifests)
        {
            var name = manifest.GetProperty("name").GetString()!;
            var several = manifests.Count(other => other.GetProperty("name").GetString() == name) > 1;
            var file = several ? $"{name}@{manifest.GetProperty("version").GetInt32()}" : name;
            await System.IO.File.WriteAllTextAsync(
                Path.Combine(Folder, file + MethodManifest.Extension),
                JsonSerializer.Serialize(manifest, Indented) + "\n",
                cancellationToken
            );
        }
    }

    private async Task<string> ReadAsync(Process process, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Limit);
        try
        {
            process.StandardInput.Close();
            var (output, error) = (
                process.StandardOutput.ReadToEndAsync(timeout.Token),
                process.StandardError.ReadToEndAsync(timeout.Token)
            );
            await process.WaitForExitAsync(timeout.Token);
            if (process.ExitCode == 0)
                return await output;
            var reason = (await error).TrimEnd();
            throw new HeadraceException(
                reason.Length > 0 ? reason : $"{Arguments[0]} exited with code {process.ExitCode}."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HeadraceException(
                $"{File} did not describe its methods within {Limit.TotalMinutes:0} minutes. {SlowRemedy}"
            );
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Arguments[0], Arguments.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failed)
        {
            throw new HeadraceException(
                Missing(failed.NativeErrorCode == NoSuchFile ? "it is not on the PATH" : failed.Message)
            );
        }
    }
}
