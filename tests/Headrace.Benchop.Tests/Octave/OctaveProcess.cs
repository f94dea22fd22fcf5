using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Headrace.Benchop.Tests.Octave;

/// <summary>
/// Calls functions through <c>sdk/octave/headrace_benchop.m</c> in one Octave process, without a server. Headrace's
/// state is in a separate folder, so that the process does not share timing permits with other tests.
/// </summary>
internal static class OctaveProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <param name="files">The function files: their names without the extension, and their contents.</param>
    /// <param name="calls">The function and the params of each call.</param>
    /// <returns>The result of each call, or its error message as a JSON string.</returns>
    public static async Task<IReadOnlyList<JsonElement>> CallAsync(
        IEnumerable<(string Name, string Text)> files,
        params (string Name, object Params)[] calls
    )
    {
        var folder = Directory.CreateTempSubdirectory("headrace-octave-").FullName;
        try
        {
            foreach (var (name, text) in files)
                await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.m"), text);
            await File.WriteAllLinesAsync(
                Path.Combine(folder, "calls"),
                calls.Select(call => $"{call.Name} {JsonSerializer.Serialize(call.Params)}")
            );
            await File.WriteAllTextAsync(
                Path.Combine(folder, "run.m"),
                $$"""
                addpath ("{{Repository.Root}}/sdk/octave");
                addpath ("{{folder}}");
                calls = strsplit (strtrim (fileread ("{{folder}}/calls")), "\n");
                for i = 1:numel (calls)
                  parts = regexp (calls{i}, '^(\w+) (.*)$', 'tokens', 'once');
                  try
                    result = headrace_benchop (parts{1}, jsondecode (parts{2}, "makeValidName", false));
                  catch fault
                    result = sprintf ("%s: %s", fault.identifier, fault.message);
                  end
                  printf ("%s\n", jsonencode (result, "ConvertInfAndNaN", false));
                end
                """
            );
            var lines = await RunAsync(Path.Combine(folder, "run.m"), Path.Combine(folder, "state"));
            Assert.True(lines.Length == calls.Length, string.Join('\n', lines));
            return [.. lines.Select(line => JsonElement.Parse(line))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string[]> RunAsync(string script, string state)
    {
        var start = new ProcessStartInfo("octave-cli", ["-qf", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A worker starts Octave with one thread.
            Environment = { ["XDG_STATE_HOME"] = state, ["OMP_NUM_THREADS"] = "1" },
        };
        using var process = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Deadline);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(late.Token);
            var output = await process.StandardOutput.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            Assert.True(process.ExitCode == 0, await errors);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
