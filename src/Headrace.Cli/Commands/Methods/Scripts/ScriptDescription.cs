using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Manifests;

namespace Headrace.Cli.Commands.Methods.Scripts;

/// <summary>Runs a script once to find out which methods it defines.</summary>
internal static class ScriptDescription
{
    /// <summary>Importing a large library from a cold disk can take this long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private const int NoSuchFile = 2; // ENOENT

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The folder, next to a script, that contains the files that run the script.</summary>
    private const string RunnerFolder = "headrace";

    /// <summary>Writes the manifests of a script beside it, and copies the files that run it.</summary>
    /// <exception cref="HeadraceException">
    /// The script does not describe its methods. The message states the reason.
    /// </exception>
    public static async Task WriteManifestsAsync(
        ScriptLanguage language,
        string script,
        CancellationToken cancellationToken
    )
    {
        var folder = Path.GetDirectoryName(script)!;
        if (language.Runner is { } runner)
            MethodsFolder.CopyFolder(
                Path.Combine(AppContext.BaseDirectory, runner),
                Path.Combine(folder, RunnerFolder)
            );
        using var described = JsonDocument.Parse(await DescribeAsync(language, script, cancellationToken));
        var manifests = described.RootElement.GetProperty("methods").EnumerateArray().ToList();
        foreach (var manifest in manifests)
        {
            var name = manifest.GetProperty("name").GetString()!;
            var several = manifests.Count(other => other.GetProperty("name").GetString() == name) > 1;
            var file = several ? $"{name}@{manifest.GetProperty("version").GetInt32()}" : name;
            await File.WriteAllTextAsync(
                Path.Combine(folder, file + MethodManifest.Extension),
                JsonSerializer.Serialize(manifest, Indented) + "\n",
                cancellationToken
            );
        }
    }

    private static async Task<string> DescribeAsync(
        ScriptLanguage language,
        string script,
        CancellationToken cancellationToken
    )
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Limit);
        using var process = Start(language, script);
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
                reason.Length > 0 ? reason : $"{language.Program} exited with code {process.ExitCode}."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HeadraceException(
                $"{Path.GetFileName(script)} did not describe its methods within {Limit.TotalMinutes:0} minutes. Put "
                    + "code that takes a long time into a function, so that it does not run when the script is loaded."
            );
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(ScriptLanguage language, string script)
    {
        var folder = Path.GetDirectoryName(script)!;
        var start = new ProcessStartInfo(
            language.Program,
            language.Arguments(Path.Combine(folder, RunnerFolder), script)
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in ScriptLanguage.Environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            var reason = missing.NativeErrorCode == NoSuchFile ? "it is not on the PATH" : missing.Message;
            throw new HeadraceException(
                $"{Path.GetFileName(script)} needs {language.Name}, but the program {language.Program} could not be "
                    + $"started: {reason}. Install it: {language.Install}"
            );
        }
    }
}
