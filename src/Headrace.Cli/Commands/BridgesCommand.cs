using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace bridges</c>: connects queues to Redis and RabbitMQ.</summary>
internal static class BridgesCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the bridge." };
    private static readonly Option<string?> Redis = new("--redis")
    {
        Description = "The address of Redis; rediss:// for TLS.",
        HelpName = "redis://HOST:PORT",
    };
    private static readonly Option<string?> RabbitMq = new("--rabbitmq")
    {
        Description = "The address of RabbitMQ; amqps:// for TLS. The path, if any, is the virtual host.",
        HelpName = "amqp://HOST:PORT",
    };
    private static readonly Option<bool> Password = new("--password")
    {
        Description = "Ask for the broker's password, or read it from standard input. The server stores it.",
    };
    private static readonly Option<string?> PasswordFile = new("--password-file")
    {
        Description =
            "A file on the server's machine that contains the password. The server reads it each time it connects.",
        HelpName = "PATH",
    };
    private static readonly Option<string?> Sentinel = new("--sentinel")
    {
        Description = "The name of the Redis service; the sentinels at the address report its primary.",
        HelpName = "SERVICE",
    };
    private static readonly Option<string?> From = new("--from")
    {
        Description = "The Redis list or RabbitMQ queue whose messages become jobs.",
        HelpName = "NAME",
    };
    private static readonly Option<string?> To = new("--to")
    {
        Description = "The list or queue that receives the results.",
        HelpName = "NAME",
    };
    private static readonly Option<string?> FromStream = new("--from-stream")
    {
        Description = "Take jobs from the entries of this stream instead of from a list.",
        HelpName = "STREAM",
    };
    private static readonly Option<string?> Group = new("--group")
    {
        Description = "The consumer group by which a stream is read. [default: headrace]",
        HelpName = "NAME",
    };
    private static readonly Option<string?> ToStream = new("--to-stream")
    {
        Description = "Add the results to this stream instead of to a list.",
        HelpName = "STREAM",
    };
    private static readonly Option<string?> ToExchange = new("--to-exchange")
    {
        Description = "The RabbitMQ exchange that receives the results; the routing key is the jobs' queue name.",
        HelpName = "EXCHANGE",
    };
    private static readonly Option<string?> DeadLetter = new("--dead-letter")
    {
        Description = "The list or queue for messages that cannot become jobs. [default: --from with .dead]",
        HelpName = "NAME",
    };
    private static readonly Option<string?> Method = new("--method")
    {
        Description = "The method that the jobs run. Required with --from.",
        HelpName = "NAME",
    };
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description = "The queue of the jobs and results. [default: default]",
        HelpName = "NAME",
    }.CompletesQueues();
    private static readonly Option<string?> Messages = new("--messages")
    {
        Description = "What a message is: body, params or envelope (JSON with id, params, body). [default: body]",
        HelpName = "FORM",
    };
    private static readonly Option<string?> Results = new("--results")
    {
        Description = "What a result becomes: envelope (JSON with the id of the job) or raw. [default: envelope]",
        HelpName = "FORM",
    };
    private static readonly Option<int?> InFlight = new("--in-flight")
    {
        Description = "The maximum number of messages and results that the bridge handles at a time. [default: 1000]",
        HelpName = "N",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Proceed even if messages that the bridge has taken cannot be returned to their list in Redis.",
    };

    public static Command Create()
    {
        var group = new CliCommand(
            "bridges",
            "Connect queues to Redis or RabbitMQ: messages become jobs, and results become messages."
        )
        {
            Examples = [("headrace bridges", "Lists the bridges with their states and rates.")],
        };
        group.Add(Add());
        group.Add(List());
        group.Add(Show());
        group.Add(Action("pause", "Stop a bridge until it is resumed. Messages wait in the broker.", pauses: true));
        group.Add(Action("resume", "Start a bridge that was paused.", pauses: false));
        group.Add(Remove());
        group.SetAction(ListAsync);
        return group;
    }

    private static CliCommand Add()
    {
        var cliCommand = new CliCommand(
            "add",
            "Add a bridge, or replace the bridge that has this name. It starts immediately."
        )
        {
            Examples =
            [
                (
                    "headrace bridges add sums --redis redis://127.0.0.1:6379 --from input --to output --method sha512",
                    "Each message in the list input becomes the body of a job, and its result goes to the list output."
                ),
                (
                    "headrace bridges add calls --rabbitmq amqp://127.0.0.1 --from calls --to replies --method sha512",
                    "The results of messages from the queue calls go to their reply-to addresses, or to the queue "
                        + "replies if they have none."
                ),
            ],
        };
        cliCommand.Add(Name);
        foreach (
            var option in new Option[]
            {
                Redis,
                RabbitMq,
                Password,
                PasswordFile,
                Sentinel,
                From,
                FromStream,
                Group,
                To,
                ToStream,
                ToExchange,
                DeadLetter,
                Method,
                Queue,
                Messages,
                Results,
                InFlight,
                Force,
            }
        )
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var name = context.Value(Name);
                RejectBoth(context, From, FromStream);
                RejectBoth(context, To, ToStream);
                RejectBoth(context, To, ToExchange);
                RejectBoth(context, ToStream, ToExchange);
                RejectBoth(context, Redis, RabbitMq);
                var request = new BridgeRequest
                {
                    Address =
                        context.Value(Redis)
                        ?? context.Value(RabbitMq)
                        ?? throw new UsageException(
                            "The broker is missing. Use --redis redis://HOST:PORT or --rabbitmq amqp://HOST:PORT."
                        ),
                    Password = context.Value(Password)
                        ? PasswordInput.Read(context, $"Broker password for bridge {name}: ", isNew: false)
                        : null,
                    PasswordFile = context.Value(PasswordFile),
                    Sentinel = context.Value(Sentinel),
                    From = context.Value(FromStream) ?? context.Value(From),
                    FromType = context.Value(FromStream) is null ? null : "stream",
                    Group = context.Value(Group),
                    To = context.Value(ToStream) ?? context.Value(ToExchange) ?? context.Value(To),
                    ToType =
                        context.Value(ToStream) is not null ? "stream"
                        : context.Value(ToExchange) is not null ? "exchange"
                        : null,
                    DeadLetter = context.Value(DeadLetter),
                    Method = context.Value(Method),
                    Queue = context.Value(Queue),
                    Messages = context.Value(Messages),
                    Results = context.Value(Results),
                    InFlight = context.Value(InFlight),
                    Force = context.Value(Force) ? true : null,
                };
                using var client = context.Connect();
                Write(context, [await client.Bridges.SetAsync(name, request, cancellationToken)]);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void RejectBoth(CommandContext context, Option<string?> one, Option<string?> other)
    {
        if (context.Value(one) is not null && context.Value(other) is not null)
            throw new UsageException($"{one.Name} and {other.Name} are mutually exclusive. Use one of them.");
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the bridges with their states and rates.")
        {
            Examples = [("headrace bridges list", "Prints a line for each bridge.")],
        };
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        Write(context, await client.Bridges.ListAsync(cancellationToken));
        return ExitCode.Done;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show a bridge, its latest error and its message counts.")
        {
            Examples = [("headrace bridges show sums", "Prints the bridge's definition and state.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var bridge = await client.Bridges.GetAsync(context.Value(Name), cancellationToken);
                if (context.Json)
                    context.Terminal.WriteLine(Format.Json(bridge, HeadraceJson.Default.BridgeReply));
                else
                    foreach (var (label, value) in Details(bridge))
                        context.Terminal.WriteLine($"{label,-12}{value}");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Action(string action, string description, bool pauses)
    {
        var cliCommand = new CliCommand(action, description)
        {
            Examples = [($"headrace bridges {action} sums", description)],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var name = context.Value(Name);
                Write(
                    context,
                    [
                        pauses
                            ? await client.Bridges.PauseAsync(name, cancellationToken)
                            : await client.Bridges.ResumeAsync(name, cancellationToken),
                    ]
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Remove()
    {
        var cliCommand = new CliCommand(
            "remove",
            "Remove a bridge. Its jobs remain, but their unpublished results are never published."
        )
        {
            Examples = [("headrace bridges remove sums", "From now on, messages stay in the list.")],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Force);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                await client.Bridges.RemoveAsync(context.Value(Name), context.Value(Force), cancellationToken);
                context.WriteNote($"The bridge '{context.Value(Name)}' has been removed.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Write(CommandContext context, IReadOnlyList<BridgeReply> bridges)
    {
        if (context.Json)
            foreach (var bridge in bridges)
                context.Terminal.WriteLine(Format.Json(bridge, HeadraceJson.Default.BridgeReply));
        else
            context.Terminal.WriteTable(
                ["BRIDGE", "FROM", "TO", "QUEUE", "STATE", "ACCEPTED", "REJECTED", "PUBLISHED", "WAITING"],
                bridges.Select(Row)
            );
    }

    private static IReadOnlyList<string> Row(BridgeReply bridge) =>
        [
            bridge.Name,
            bridge.From ?? "-",
            bridge.To ?? "-",
            bridge.Queue,
            bridge.State,
            Format.Number(bridge.Accepted),
            Format.Number(bridge.Rejected),
            Format.Number(bridge.Published),
            bridge.MessagesWaiting is { } waiting ? Format.Number(waiting) : "-",
        ];

    private static IEnumerable<(string Label, string Value)> Details(BridgeReply bridge)
    {
        yield return ("state", bridge.Why is null ? bridge.State : $"{bridge.State}: {bridge.Why}");
        yield return ("broker", bridge.Address + (bridge.Sentinel is null ? "" : $", service {bridge.Sentinel}"));
        if (bridge.PasswordFile is { } file)
            yield return ("password", $"in the file {file}");
        if (bridge.From is not null)
        {
            yield return ("from", $"{bridge.From} ({bridge.Messages}), dead letters to {bridge.DeadLetter}");
            yield return ("jobs", $"method {bridge.Method}, queue {bridge.Queue}");
            yield return (
                "messages",
                $"{Format.Number(bridge.Accepted)} accepted, {Format.Number(bridge.Rejected)} rejected, "
                    + $"{Format.Number(bridge.MessagesInFlight)} in flight, {Count(bridge.MessagesWaiting)} waiting, "
                    + $"{bridge.AcceptedPerSecond:0.#}/s"
            );
        }
        if (bridge.To is not null)
        {
            yield return ("to", $"{bridge.To} ({bridge.Results}), from queue {bridge.Queue}");
            yield return (
                "results",
                $"{Format.Number(bridge.Published)} published, {Format.Number(bridge.Repeated)} repeated, "
                    + $"{Format.Number(bridge.ResultsInFlight)} in flight, {Count(bridge.ResultsWaiting)} waiting, "
                    + $"{bridge.PublishedPerSecond:0.#}/s"
            );
        }
        if (bridge.LastError is { } error)
            yield return ("last error", $"{Format.Time(bridge.LastErrorAt!.Value)} {error}");
        foreach (var warning in bridge.Warnings ?? [])
            yield return ("warning", warning);
    }

    private static string Count(long? number) => number is { } known ? Format.Number(known) : "?";
}
