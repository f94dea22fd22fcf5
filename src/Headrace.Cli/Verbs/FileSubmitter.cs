using System.Runtime.CompilerServices;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Cli.Verbs;

/// <summary>Submits a job for each file, in batches. One file that is refused refuses itself only.</summary>
internal sealed class FileSubmitter(CommandContext call, JobRequest job, IReadOnlyList<string> files, bool wait)
{
    // Room in a full queue comes as jobs end, which may take long; without one acknowledgement in this time something
    // else is wrong.
    private static readonly ClientOptions Patient = new()
    {
        RetryTimeout = TimeSpan.FromMinutes(10),
        QueueFullTimeout = TimeSpan.FromHours(1),
    };

    private readonly List<string> _ids = [];
    private int _refused;
    private int _code;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var file in files)
            Body.Check(file);
        using var client = call.Connect(Patient);
        try
        {
            await JobProgressBar.OfManyAsync(
                call,
                "submitting",
                files.Count,
                tell => SubmitAsync(client, tell, cancellationToken)
            );
        }
        finally
        {
            // Also when the server is gone for good or somebody interrupts: what was acknowledged is in.
            call.WriteNote($"{_ids.Count} of {files.Count} submitted{(_refused == 0 ? "" : $", {_refused} refused")}.");
            call.NoteRetries(client);
        }
        if (!wait)
            return _code;
        var ended = await JobWaiter.ForAllAsync(call, client, _ids, limit: null, cancellationToken);
        return _code == ExitCode.Done ? ended : _code;
    }

    private async Task<int> SubmitAsync(HeadraceClient client, Action<double> tell, CancellationToken cancellationToken)
    {
        await foreach (var answer in client.SubmitManyAsync(ReadAsync(cancellationToken), cancellationToken))
        {
            var file = files[(int)answer.Index];
            if (call.Json)
                call.Terminal.WriteLine(
                    Format.Json(new FileLine(file, answer.Id, answer.Problem), CliJson.Default.FileLine)
                );
            if (answer.Id is not null)
            {
                if (!call.Json)
                    call.Terminal.WriteLine($"{answer.Id}\t{file}");
                _ids.Add(answer.Id);
            }
            else if (answer.Problem is { } problem)
            {
                call.Terminal.WriteError($"{file}: {new HeadraceProblemException(problem).Message}");
                _refused++;
                if (_code == ExitCode.Done)
                    _code = ExitCode.FromStatus(problem.Status);
            }
            tell(_ids.Count + _refused);
        }
        return _refused;
    }

    private async IAsyncEnumerable<JobRequest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in files)
            yield return job with
            {
                Body = await Body.ReadAsync(file, cancellationToken),
            };
    }
}
