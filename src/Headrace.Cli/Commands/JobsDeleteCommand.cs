using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace jobs delete</c>: deletes ended jobs before their retention expires.</summary>
internal static class JobsDeleteCommand
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "The ids of the ended jobs to delete.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly BulkChange Deleting = new("delete", "Delete the ended jobs that match this filter.");

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("delete", "Delete ended jobs along with their results, attempts and logs.")
        {
            Examples =
            [
                ("headrace jobs delete 42 43", "Deletes two jobs. Their idempotency keys can be used for new jobs."),
                (
                    "headrace jobs delete --filter \"queue:eu state:succeeded age:>2d\" --dry-run",
                    "Prints how many jobs the same command without --dry-run would delete."
                ),
            ],
        };
        cliCommand.Add(Ids);
        Deleting.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var ids = JobChoice.Read(context.Value(Ids), Deleting.FilterOf(context));
                using var client = context.Connect();
                return ids.Count == 0
                    ? await Deleting.RunAsync(context, client, new SweepRequest(), cancellationToken)
                    : await DeleteAsync(context, client, ids, cancellationToken);
            }
        );
        return cliCommand;
    }

    private static async Task<int> DeleteAsync(
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
                var deleted = await client.Queues.DeleteJobAsync(id, cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(deleted, HeadraceJson.Default.DeletedReply));
                else
                    context.Terminal.WriteRow(id, "deleted");
            }
            catch (HeadraceProblemException rejected) when (rejected.Status is 404 or 409)
            {
                // If one job is unknown or unfinished, the other jobs are still deleted.
                context.Terminal.WriteError($"{id}: {rejected.Message}");
                if (code == ExitCode.Done)
                    code = ExitCode.FromProblem(rejected);
            }
        }
        return code;
    }
}
