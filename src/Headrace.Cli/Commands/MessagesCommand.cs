using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Headrace.Cli.Commands.Consuming;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace messages</c>: puts messages into queues and consumes them.</summary>
internal static class MessagesCommand
{
    private static readonly Argument<string> Queue = new Argument<string>("QUEUE")
    {
        Description = "The name of the queue.",
    }.CompletesQueues();
    private static readonly Argument<string[]> Texts = new("TEXT")
    {
        Description = "The messages; - reads one message per line from standard input.",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly PullOptions PullOptions = new("message");

    public static Command Create() =>
        new("messages", "Put messages into queues, and consume them without a worker.") { Put(), Pull() };

    private static CliCommand Put()
    {
        var cliCommand = new CliCommand(
            "put",
            "Put messages into a queue. Each of them is a job with the method message."
        )
        {
            Examples =
            [
                ("headrace messages put alerts 'disk is full'", "Puts one message into the queue and prints its id."),
                ("tail -f log | headrace messages put alerts -", "Puts each line into the queue."),
            ],
        };
        cliCommand.Add(Queue);
        cliCommand.Add(Texts);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var texts = context.Value(Texts);
                var lines = texts is ["-"] ? LinesAsync(cancellationToken) : texts.ToAsyncEnumerable();
                await foreach (var text in lines)
                    await PutAsync(context, client, text, cancellationToken);
                context.NoteRetries(client);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Pull()
    {
        var cliCommand = new CliCommand("pull", "Consume the messages in a queue.")
        {
            Examples =
            [
                (
                    "headrace messages pull alerts",
                    "Prints up to ten messages. Printed messages are acknowledged: each is delivered only once."
                ),
                (
                    "headrace messages pull alerts --exec './page.sh' --follow",
                    "Runs the script for each message. A message whose script fails is delivered again."
                ),
            ],
        };
        cliCommand.Add(Queue);
        PullOptions.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var source = new MessageSource(context, client, context.Value(Queue));
                return await PullOptions.RunAsync(context, source, cancellationToken);
            }
        );
        return cliCommand;
    }

    private static async Task PutAsync(
        CommandContext context,
        HeadraceClient client,
        string text,
        CancellationToken cancellationToken
    )
    {
        var request = new JobRequest(MessagesClient.Method)
        {
            Queue = context.Value(Queue),
            Body = Encoding.UTF8.GetBytes(text),
            ContentType = "text/plain; charset=utf-8",
        };
        var submitted = await client.SubmitAsync(request, cancellationToken);
        context.Terminal.WriteLine(
            context.Json ? Format.Json(submitted, HeadraceJson.Default.SubmittedReply) : submitted.Id
        );
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancellationToken) is { } line)
            yield return line;
    }
}
