using System.CommandLine;
using System.Globalization;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace webhooks</c>: adds, lists, tests, pauses and removes webhooks.</summary>
internal static class WebhooksCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the webhook." };
    private static readonly Argument<string> Url = new("URL")
    {
        Description = "The URL that receives the messages, such as https://example.com/hooks.",
    };
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description = "The queue whose ended jobs the webhook sends.",
        HelpName = "NAME",
        Required = true,
    }.CompletesQueues();
    private static readonly Option<string?> States = new("--states")
    {
        Description = "succeeded, failed (with the cancelled jobs) or all. [default: succeeded]",
        HelpName = "STATES",
    };
    private static readonly Option<string?> From = new("--from")
    {
        Description = "now for the jobs that end from now on, first for all that the server keeps. [default: now]",
        HelpName = "now|first",
    };
    private static readonly Option<TimeSpan?> Timeout = Options.Duration(
        "--timeout",
        "How long the receiver may take to answer, 1s to 1m. [default: 15s]"
    );
    private static readonly Option<TimeSpan?> DisableAfter = Options.Duration(
        "--disable-after",
        "How long every delivery may fail before the server disables the webhook. [default: 5d]"
    );
    private static readonly Option<TimeSpan?> Grace = Options.Duration(
        "--grace",
        "How long the old secret still signs; with 0s, no replaced secret signs any more. [default: 1d]"
    );

    public static Command Create()
    {
        var group = new CliCommand("webhooks", "Add, list, test, pause and remove webhooks, which send ended jobs.")
        {
            Examples = [("headrace webhooks", "Lists the webhooks, their states and the number of undelivered jobs.")],
        };
        group.Add(Add());
        group.Add(List());
        group.Add(Show());
        group.Add(
            Action(
                "pause",
                "Send no more messages until the webhook is resumed.",
                "Jobs that end in the meantime are sent after the webhook is resumed.",
                static (webhooks, name, cancellationToken) => webhooks.PauseAsync(name, cancellationToken)
            )
        );
        group.Add(
            Action(
                "resume",
                "Resume a webhook that is paused or that the server has disabled.",
                "Sends the jobs that ended in the meantime, and then later ones.",
                static (webhooks, name, cancellationToken) => webhooks.ResumeAsync(name, cancellationToken)
            )
        );
        group.Add(Test());
        group.Add(Rotate());
        group.Add(Remove());
        group.SetAction(ListAsync);
        return group;
    }

    private static CliCommand Add()
    {
        var cliCommand = new CliCommand(
            "add",
            "Add a webhook and print its secret, or change the URL and times of an existing one, which prints nothing. "
                + "The secret cannot be printed again."
        )
        {
            Examples =
            [
                (
                    "headrace webhooks add orders https://example.com/hooks --queue eu --states all",
                    "Sends each job in the queue that ends from now on. Prints the secret that verifies the "
                        + "messages."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Url);
        foreach (var option in new Option[] { Queue, States, From, Timeout, DisableAfter })
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var request = new WebhookRequest
                {
                    Url = context.Value(Url),
                    Queue = context.Value(Queue),
                    States = context.Value(States),
                    From = context.Value(From),
                    Timeout = Text(context.Value(Timeout)),
                    DisableAfter = Text(context.Value(DisableAfter)),
                };
                WriteSecret(context, await client.Webhooks.SetAsync(context.Value(Name), request, cancellationToken));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the webhooks.")
        {
            Examples = [("headrace webhooks list", "Prints a line for each webhook.")],
        };
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        Write(context, await client.Webhooks.ListAsync(cancellationToken));
        return ExitCode.Done;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show a webhook, its last error and its next attempt.")
        {
            Examples = [("headrace webhooks show orders", "Prints why the webhook is not delivering, and since when.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var webhook = await client.Webhooks.GetAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(webhook, HeadraceJson.Default.WebhookReply));
                else
                    foreach (var (name, value) in Details(webhook))
                        if (value is not null)
                            context.Terminal.WriteLine($"{name,-22} {value}");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Action(
        string verb,
        string description,
        string example,
        Func<WebhooksClient, string, CancellationToken, Task<WebhookReply>> call
    )
    {
        var cliCommand = new CliCommand(verb, description)
        {
            Examples = [($"headrace webhooks {verb} orders", example)],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Write(context, [await call(client.Webhooks, context.Value(Name), cancellationToken)]);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Test()
    {
        var cliCommand = new CliCommand("test", "Send a test message immediately, and print the receiver's answer.")
        {
            Examples =
            [
                (
                    "headrace webhooks test orders",
                    "Prints the status. The command fails if the receiver does not accept the message."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var result = await client.Webhooks.TestAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(result, HeadraceJson.Default.WebhookTestReply));
                else
                    context.Terminal.WriteRow(
                        result.Accepted ? "accepted" : "not accepted",
                        result.Status?.ToString(CultureInfo.InvariantCulture) ?? "-",
                        result.Error ?? "-"
                    );
                return result.Accepted ? ExitCode.Done : ExitCode.Refused;
            }
        );
        return cliCommand;
    }

    private static CliCommand Rotate()
    {
        var cliCommand = new CliCommand("rotate", "Replace the secret of a webhook, and print the new one.")
        {
            Examples =
            [
                (
                    "headrace webhooks rotate orders --grace 7d",
                    "For a week, each message is also signed with the old secret."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Grace);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var request = new RotateWebhookRequest { Grace = Text(context.Value(Grace)) };
                WriteSecret(
                    context,
                    await client.Webhooks.RotateAsync(context.Value(Name), request, cancellationToken)
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Remove()
    {
        var cliCommand = new CliCommand("remove", "Remove a webhook and its position. The queue's jobs remain.")
        {
            Examples = [("headrace webhooks remove orders", "Sends no more messages.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                await client.Webhooks.RemoveAsync(context.Value(Name), cancellationToken);
                context.WriteNote($"The webhook '{context.Value(Name)}' has been removed.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    /// <summary>
    /// Writes only a secret to standard output, because users direct it into the file that their receiver reads.
    /// </summary>
    private static void WriteSecret(CommandContext context, WebhookReply webhook)
    {
        if (context.Json)
        {
            Write(context, [webhook]);
            return;
        }
        if (webhook.Secret is null)
        {
            context.WriteNote(
                $"The webhook '{webhook.Name}' already exists. Its URL and times have been set, and its secret is "
                    + $"unchanged. To replace the secret, use: headrace webhooks rotate {webhook.Name}"
            );
            return;
        }
        context.Terminal.WriteLine(webhook.Secret);
        context.WriteNote("Store the secret now: it cannot be printed again. The receiver uses it to verify messages.");
    }

    private static void Write(CommandContext context, IReadOnlyList<WebhookReply> webhooks)
    {
        if (context.Json)
            foreach (var webhook in webhooks)
                context.Terminal.WriteLine(Format.Json(webhook, HeadraceJson.Default.WebhookReply));
        else
            context.Terminal.WriteTable(
                ["WEBHOOK", "QUEUE", "STATES", "STATE", "LAG", "STATUS", "NEXT ATTEMPT", "URL"],
                webhooks.Select(Row)
            );
    }

    private static IReadOnlyList<string> Row(WebhookReply webhook) =>
        [
            webhook.Name,
            webhook.Queue,
            webhook.States,
            webhook.State,
            Lag(webhook),
            webhook.LastStatus?.ToString(CultureInfo.InvariantCulture) ?? "-",
            webhook.NextAttempt is { } next ? Format.Time(next) : "-",
            webhook.Url,
        ];

    private static IEnumerable<(string Name, string? Value)> Details(WebhookReply webhook) =>
        [
            ("name", webhook.Name),
            ("url", webhook.Url),
            ("queue", webhook.Queue),
            ("states", webhook.States),
            ("state", webhook.State),
            ("disabled because", webhook.DisabledReason),
            ("lag", Lag(webhook)),
            ("position", Format.Number(webhook.Position)),
            ("delivered", $"{Format.Number(webhook.Delivered)} since the server started"),
            ("abandoned", webhook.Abandoned > 0 ? Format.Number(webhook.Abandoned) : null),
            ("expired", webhook.Expired > 0 ? Format.Number(webhook.Expired) : null),
            ("waiting for a retry", webhook.Held > 0 ? Format.Number(webhook.Held) : null),
            ("last attempt", Time(webhook.LastAttempt)),
            ("last status", webhook.LastStatus?.ToString(CultureInfo.InvariantCulture)),
            ("last delivery", Time(webhook.LastDelivery)),
            ("failing since", Time(webhook.FailingSince)),
            ("last error", webhook.LastError),
            ("next attempt", Time(webhook.NextAttempt)),
            ("timeout", webhook.Timeout),
            ("disabled after", webhook.DisableAfter),
            ("old secrets sign until", Time(webhook.PreviousValidUntil)),
            ("created", $"{Format.Time(webhook.Created)} by {webhook.CreatedBy}"),
        ];

    private static string Lag(WebhookReply webhook) => Format.Number(webhook.Lag) + (webhook.Complete ? "" : "+");

    private static string? Time(DateTimeOffset? time) => time is null ? null : Format.Time(time);

    private static string? Text(TimeSpan? duration) => duration is { } given ? DurationText.ToText(given) : null;
}
