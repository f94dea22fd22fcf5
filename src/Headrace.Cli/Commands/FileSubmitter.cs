using System.Runtime.CompilerServices;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// Submits a job for each file, in batches. If the server rejects a file, the others are still submitted.
/// </summary>
internal sealed class FileSubmitter(CommandContext context, JobRequest job, IReadOnlyList<string> files, bool wait)
{
    // A full queue accepts a new job only when another job ends, which can take a long time. If these timeouts expire
    // before the server accepts a job, a full queue is probably not the only problem.
    private static readonly HeadraceClientOptions LongTimeouts = new()
    {
        RetryTimeout = TimeSpan.FromMinutes(10),
        QueueFullTimeout = TimeSpan.FromHours(1),
    };

    private readonly HashSet<string> _reasons = [];
    private readonly List<string> _sendable = [];
    private readonly List<string> _ids = [];
    private int _rejected;
    private int _code;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var file in files)
            Check(file);
        using var client = context.Connect(LongTimeouts with { Retrying = NoteRetry });
        try
        {
            await JobProgressBar.OfManyAsync(
                context,
                "submitting",
                files.Count,
                report => SubmitAsync(client, report, cancellationToken)
            );
        }
        finally
        {
            // These notes are also written after a failure or an interruption, because the acknowledged jobs are on
            // disk.
            context.WriteNote(
                $"{_ids.Count} of {files.Count} submitted{(_rejected == 0 ? "" : $", {_rejected} rejected")}."
            );
            context.NoteRetries(client);
        }
        if (!wait)
            return _code;
        var ended = await JobWaiter.ForAllAsync(context, client, _ids, limit: null, cancellationToken);
        return _code == ExitCode.Done ? ended : _code;
    }

    /// <summary>Reports what the submission is waiting for, once for each kind of reason.</summary>
    private void NoteRetry(HeadraceException reason, TimeSpan delay)
    {
        if (_reasons.Add((reason as HeadraceProblemException)?.Type ?? reason.GetType().Name))
            context.WriteNote($"The submission waits and is repeated: {reason.Message}");
    }

    /// <summary>
    /// Rejects a file that is too large without sending it, because the server would reject it as well.
    /// </summary>
    private void Check(string file)
    {
        try
        {
            Body.Check(file);
            _sendable.Add(file);
        }
        catch (InputTooLargeException tooLarge)
        {
            if (context.Json)
                context.Terminal.WriteLine(
                    Format.Json(new FileLine(file, null, TooLarge(tooLarge.Message)), CliJson.Default.FileLine)
                );
            context.Terminal.WriteError(tooLarge.Message);
            _rejected++;
            _code = ExitCode.Refused;
        }
    }

    private static ProblemReply TooLarge(string detail) =>
        new()
        {
            Type = "/problems/too-large",
            Title = "The body is too large",
            Status = 413,
            Detail = detail,
        };

    private async Task<int> SubmitAsync(
        HeadraceClient client,
        ProgressReport report,
        CancellationToken cancellationToken
    )
    {
        await foreach (var answer in client.SubmitManyAsync(ReadAsync(cancellationToken), cancellationToken))
        {
            var file = _sendable[(int)answer.Index];
            if (context.Json)
                context.Terminal.WriteLine(
                    Format.Json(new FileLine(file, answer.Id, answer.Problem), CliJson.Default.FileLine)
                );
            if (answer.Id is not null)
            {
                if (!context.Json)
                    context.Terminal.WriteRow(answer.Id, file);
                _ids.Add(answer.Id);
            }
            else if (answer.Problem is { } problem)
            {
                var rejected = new HeadraceProblemException(problem);
                context.Terminal.WriteError($"{file}: {rejected.Message}");
                _rejected++;
                if (_code == ExitCode.Done)
                    _code = ExitCode.FromProblem(rejected);
            }
            report.Done(_ids.Count + _rejected);
        }
        return _rejected;
    }

    private async IAsyncEnumerable<JobRequest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in _sendable)
            yield return job with
            {
                Body = await Body.ReadAsync(file, cancellationToken),
            };
    }
}
