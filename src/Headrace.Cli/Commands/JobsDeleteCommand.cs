using System.CommandLine;
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
        Arity = ArgumentArity.OneOrMore,
    };

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("delete", "Delete ended jobs with their results, attempts and logs.")
        {
            Examples =
            [
                ("headrace jobs delete 42 43", "Deletes two jobs. Their idempotency keys can be used for new jobs."),
            ],
        };
        cliCommand.Add(Ids);
        cliCommand.SetAction(DeleteAsync);
        return cliCommand;
    }

    private static async Task<int> DeleteAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var code = ExitCode.Done;
        foreach (var id in context.Value(Ids))
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
                // An unknown or unfinished job does not prevent the deletion of the others.
                context.Terminal.WriteError($"{id}: {rejected.Message}");
                if (code == ExitCode.Done)
                    code = ExitCode.FromStatus(rejected.Status);
            }
        }
        return code;
    }
}
