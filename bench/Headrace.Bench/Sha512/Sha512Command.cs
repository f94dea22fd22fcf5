using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Core;

namespace Headrace.Bench.Sha512;

/// <summary>
/// <c>bench/run sha512</c>: measures the hash kernel, the engine with items of mixed length, and the complete service
/// that uses both. The resulting page compares them with the framework and Python.
/// </summary>
internal static class Sha512Command
{
    private static readonly Option<int?> Starts = Options.WholeNumber(
        "--starts",
        "The number of processes per kernel; the table shows their medians. [default: 5]"
    );
    private static readonly Option<int?> Iterations = Options.WholeNumber(
        "--iterations",
        "Measure only the service, with this many iterations per job."
    );
    private static readonly Option<bool> NoService = new("--no-service")
    {
        Description = "Do not measure the service.",
    };
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the tables to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "sha512",
            "Measure the hash engine (the kernel, mixed items, and the service with one worker process per core), and "
                + "compare it with .NET and Python."
        )
        {
            Examples =
            [
                ("bench/run sha512 --report sha512.md", "Takes about two minutes; writes the tables to a file."),
                ("bench/run sha512 --starts 1 --no-service", "Measures only the kernels, once."),
                ("bench/run sha512 --iterations 10000", "Measures only the service, with 10,000 iterations per job."),
            ],
        };
        foreach (var option in new Option[] { Starts, Iterations, NoService, Report })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var one = context.Value(Iterations);
        if (one < 1)
            throw new UsageException(
                $"--iterations is {one}, but must be at least 1."
            );
        if (one is not null && (context.Value(NoService) || context.Value(Report) is not null))
            throw new UsageException(
                "--iterations measures only the service. Do not combine it with --no-service or --report."
            );
        var starts = one is null ? context.Value(Starts) ?? 5 : 0;
        var kernels = new List<KernelRun>();
        var pythons = new List<PythonRun>();
        for (var start = 1; start <= starts; start++)
        {
            context.WriteNote(
                string.Create(CultureInfo.InvariantCulture, $"Measuring kernels, process {start} of {starts}")
            );
            kernels.Add(await KernelAsync(new Dictionary<string, string>(), stop));
            // On a processor without AVX-512, both runs use the same kernel.
            kernels.Add(await KernelAsync(new Dictionary<string, string> { ["DOTNET_EnableAVX512"] = "0" }, stop));
            if (await PythonRun.MeasureAsync(stop) is { } python)
                pythons.Add(python);
        }
        var services = context.Value(NoService)
            ? []
            : await ServicesAsync(context, one is { } only ? [only] : [100_000, 10_000, 1_000], stop);
        var page = new Sha512Page(kernels, pythons, services);
        if (context.Json)
        {
            foreach (var run in kernels)
                context.Terminal.WriteLine(Format.Json(run, BenchJson.Default.KernelRun));
            foreach (var run in services)
                context.Terminal.WriteLine(Format.Json(run, BenchJson.Default.ServiceRun));
        }
        else
            context.Terminal.WriteLine(page.Tables);
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, page.Text, stop);
        foreach (var run in services.Where(run => run.Wrong > 0))
            context.Terminal.WriteError($"{run.Wrong} results of jobs with {run.Iterations} iterations are wrong.");
        return services.All(run => run.Wrong == 0) ? ExitCode.Done : ExitCode.JobFailed;
    }

    private static async Task<KernelRun> KernelAsync(Dictionary<string, string> environment, CancellationToken stop)
    {
        using var child = StartedProgram.Bench([Sha512KernelCommand.Name], environment);
        var json = await child.StandardOutput.ReadToEndAsync(stop);
        await child.WaitForExitAsync(stop);
        if (child.ExitCode != 0)
            throw new HeadraceException(
                $"The measurement of a kernel failed: {await child.StandardError.ReadToEndAsync(stop)}"
            );
        return JsonSerializer.Deserialize(json, BenchJson.Default.KernelRun)!;
    }

    private static async Task<List<ServiceRun>> ServicesAsync(
        CommandContext context,
        int[] rows,
        CancellationToken stop
    )
    {
        var folder = Directory.CreateTempSubdirectory("headrace-sha512-").FullName;
        var place = new ServerPlace(
            Path.Combine(folder, "data"),
            folder,
            ServerPlace.FreePort(),
            Environment.ProcessorCount
        );
        var server = new ServerKeeper(place);
        try
        {
            await server.StartAsync(ServiceMeasure.Limit);
            var runs = new List<ServiceRun>();
            foreach (var iterations in rows)
            {
                var jobs = ServiceMeasure.JobsOf(iterations);
                context.WriteNote(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Measuring the service, {jobs} jobs of {iterations} iterations"
                    )
                );
                runs.Add(await ServiceMeasure.RunAsync(place, iterations, jobs, stop));
            }
            return runs;
        }
        finally
        {
            await server.StopAsync(ServiceMeasure.Limit);
            Directory.Delete(folder, recursive: true);
        }
    }
}
