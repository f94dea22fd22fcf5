using System.CommandLine;
using System.Text.Json;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace jobs retry</c>: makes failed and cancelled jobs ready again, or submits an ended job again with changes.
/// </summary>
internal static class JobsRetryCommand
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "The ids of the failed or cancelled jobs.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly BulkChange Retrying = new(
        "retry",
        "Retry the failed and cancelled jobs that match this filter."
    );
    private static readonly Option<string?> Edit = new("--edit")
    {
        Description =
            "Submit a new job that repeats this job with the changes in this file (- for standard input): a JSON "
            + "object with the members to change, such as {\"timeLimit\":\"5m\"}.",
        HelpName = "FILE",
    };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("retry", "Retry failed and cancelled jobs.")
        {
            Examples =
            [
                ("headrace jobs retry 42 43", "Makes the jobs ready again. They keep their ids, keys and attempts."),
                (
                    "headrace jobs retry --filter \"state:failed queue:eu reason:timeout\"",
                    "Retries all failed jobs from a queue whose errors contain the given text."
                ),
                (
                    "echo '{\"params\":{\"iterations\":5}}' | headrace jobs retry 42 --edit -",
                    "Submits job 42 again with different params and prints the id of the new job."
                ),
            ],
        };
        cliCommand.Add(Ids);
        cliCommand.Add(Edit);
        Retrying.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var ids = JobChoice.Read(context.Value(Ids), Retrying.FilterOf(context));
                using var client = context.Connect();
                if (context.Value(Edit) is { } file)
                    return await SubmitEditedAsync(context, client, ids, file, cancellationToken);
                return ids.Count == 0
                    ? await Retrying.RunAsync(context, client, new SweepRequest(), cancellationToken)
                    : await RetryAsync(context, client, ids, cancellationToken);
            }
        );
        return cliCommand;
    }

    private static async Task<int> RetryAsync(
        CommandContext context,
        HeadraceClient client,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    )
    {
        var code = ExitCode.Done;
        foreach (var id in ids)
        {
            try
            {
                var job = await client.RetryAsync(id, cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                else
                    context.Terminal.WriteRow(id, job.State);
            }
            catch (HeadraceProblemException rejected) when (rejected.Status is 404 or 409)
            {
                // If one job cannot be retried, the other jobs are still retried.
                context.Terminal.WriteError($"{id}: {rejected.Message}");
                if (code == ExitCode.Done)
                    code = ExitCode.FromProblem(rejected);
            }
        }
        return code;
    }

    private static async Task<int> SubmitEditedAsync(
        CommandContext context,
        HeadraceClient client,
        IReadOnlyList<string> ids,
        string file,
        CancellationToken cancellationToken
    )
    {
        if (ids is not [var id])
            throw new UsageException($"--edit changes one job, but {ids.Count} ids are specified. Specify one.");
        JsonElement changes;
        try
        {
            changes = JsonElement.Parse((await Body.ReadAsync(file, cancellationToken)).Span);
        }
        catch (JsonException malformed)
        {
            throw new UsageException(
                $"The changes in '{file}' are not valid JSON: {JsonErrorDescription.Location(malformed)}."
            );
        }
        if (changes.ValueKind != JsonValueKind.Object)
            throw new UsageException(
                $"The changes in '{file}' are not a JSON object. Write the members to change, such as "
                    + "{\"timeLimit\":\"5m\"}."
            );
        var submitted = await client.RetryEditedAsync(id, changes, cancellationToken);
        context.Terminal.WriteLine(
            context.Json ? Format.Json(submitted, HeadraceJson.Default.SubmittedReply) : submitted.Id
        );
        return ExitCode.Done;
    }
}
