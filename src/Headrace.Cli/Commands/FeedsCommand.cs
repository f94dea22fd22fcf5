using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace feeds</c>: lists, creates, repositions and deletes feeds.</summary>
internal static class FeedsCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the feed." };
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description = "The queue whose ended jobs the feed delivers.",
        HelpName = "NAME",
        Required = true,
    }.CompletesQueues();
    private static readonly Option<string?> From = new Option<string?>("--from")
    {
        Description = "now for the jobs that end from now on, first for all that the server keeps. [default: now]",
        HelpName = "now|first",
    };
    private static readonly Option<string?> States = new Option<string?>("--states")
    {
        Description = "succeeded, failed (with the cancelled jobs) or all. [default: succeeded]",
        HelpName = "STATES",
    };
    private static readonly Option<string?> To = new("--to")
    {
        Description = "Where the feed begins: first, now, or the completion number of the first job to deliver.",
        HelpName = "POSITION",
        Required = true,
    };

    public static Command Create()
    {
        var group = new CliCommand("feeds", "List, create, move and delete feeds, which deliver ended jobs.")
        {
            Examples = [("headrace feeds", "Lists the feeds and the number of jobs that each has not acknowledged.")],
        };
        group.Add(List());
        group.Add(Show());
        group.Add(Set());
        group.Add(Seek());
        group.Add(Delete());
        group.SetAction(ListAsync);
        return group;
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the feeds.")
        {
            Examples = [("headrace feeds list", "Prints a line for each feed.")],
        };
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var feeds = new List<FeedReply>();
        string? after = null;
        do
        {
            var page = await client.Feeds.ListAsync(after, cancellationToken);
            feeds.AddRange(page.Feeds);
            after = page.Next;
        } while (after is not null);
        Write(context, feeds);
        return ExitCode.Done;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show a feed and its position.")
        {
            Examples = [("headrace feeds show orders", "Prints how many jobs the feed has not acknowledged.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Write(context, [await client.Feeds.GetAsync(context.Value(Name), cancellationToken)]);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Set()
    {
        var cliCommand = new CliCommand("set", "Create a feed. Has no effect if the same feed already exists.")
        {
            Examples =
            [
                (
                    "headrace feeds set orders --queue eu --from first",
                    "The feed delivers every succeeded job that the server still keeps for the queue, and all later "
                        + "ones."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Queue);
        cliCommand.Add(From);
        cliCommand.Add(States);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var request = new FeedRequest
                {
                    Queue = context.Value(Queue),
                    From = context.Value(From),
                    States = context.Value(States),
                };
                Write(context, [await client.Feeds.CreateAsync(context.Value(Name), request, cancellationToken)]);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Seek()
    {
        var cliCommand = new CliCommand("seek", "Move a feed to deliver jobs again or to skip jobs.")
        {
            Examples =
            [
                ("headrace feeds seek orders --to first", "Redelivers every job that the server still keeps."),
                ("headrace feeds seek orders --to now", "Skips all jobs that have already ended."),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(To);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var feed = await client.Feeds.SeekAsync(context.Value(Name), context.Value(To)!, cancellationToken);
                Write(context, [feed]);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Delete()
    {
        var cliCommand = new CliCommand("delete", "Delete a feed and its position. The queue's jobs remain.")
        {
            Examples = [("headrace feeds delete orders", "Deletes the feed. Its consumers receive no more jobs.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                await client.Feeds.DeleteAsync(context.Value(Name), cancellationToken);
                context.WriteNote($"The feed '{context.Value(Name)}' has been deleted.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Write(CommandContext context, IReadOnlyList<FeedReply> feeds)
    {
        if (context.Json)
            foreach (var feed in feeds)
                context.Terminal.WriteLine(Format.Json(feed, HeadraceJson.Default.FeedReply));
        else
            context.Terminal.WriteTable(
                ["FEED", "QUEUE", "STATES", "POSITION", "LAG", "HELD", "EXPIRED"],
                feeds.Select(Row)
            );
    }

    private static IReadOnlyList<string> Row(FeedReply feed) =>
        [
            feed.Name,
            feed.Queue,
            feed.States,
            Format.Number(feed.Position),
            Format.Number(feed.Lag) + (feed.Complete ? "" : "+"),
            Format.Number(feed.Leased),
            Format.Number(feed.Expired),
        ];
}
