using System.CommandLine;
using System.Globalization;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary><c>headrace pump</c>: sends a parameter or a stop message.</summary>
internal static class PumpCommand
{
    /// <summary>The word of the seed for a stop message.</summary>
    private const string Stop = "None";

    private static readonly Option<string> Param = new("--param", "-p")
    {
        Description = "The parameter, a whole number; or None, which stops the program that listens.",
        HelpName = "N",
        Required = true,
    };
    private static readonly Option<bool> Input = new("--input", "-i")
    {
        Description = "Send to the method server (queue input). [default: to the pipeline (queue pipeline)]",
    };
    private static readonly Option<string?> To = new("--to")
    {
        Description = "Send to this queue or Redis list instead.",
        HelpName = "NAME",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand("pump", "Send a parameter to the pipeline or to the method server.")
        {
            Examples =
            [
                ("headrace pump -p 100", "Starts a chain in the pipeline that runs with -b."),
                ("headrace pump -i -p 100 --redis 127.0.0.1:6379", "Sends a request to the method server, over Redis."),
                ("headrace pump -p None", "Stops the pipeline; with -i, the method server."),
            ],
        };
        cliCommand.Add(Param);
        cliCommand.Add(Input);
        cliCommand.Add(To);
        PortOptions.AddTo(cliCommand);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = context.Value(Param)!;
        if (context.Value(Input) && context.Value(To) is not null)
            throw new UsageException("Give either -i or --to.");
        var queue =
            context.Value(To) ?? (context.Value(Input) ? PortOptions.Input : PortOptions.Pipeline);
        if (PortOptions.RedisOf(context) is { } redis)
        {
            var message = MessageOf(text, MessageForm.Redis);
            await using var list = await RedisList.ConnectAsync(redis, queue, cancellationToken);
            await list.PushAsync(message);
            context.WriteNote($"Pushed {text} to the Redis list '{queue}'.");
            return ExitCode.Done;
        }
        var request = HeadracePort.RequestFor(queue, MessageOf(text, MessageForm.Headrace));
        using var client = context.Connect();
        await client.SubmitAsync(request, cancellationToken);
        context.WriteNote($"Pushed {text} to the queue '{queue}'.");
        context.NoteRetries(client);
        return ExitCode.Done;
    }

    private static byte[] MessageOf(string text, MessageForm form)
    {
        if (text == Stop)
            return RequestWriter.Stop(form);
        return
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var param)
            && param is >= -Limits.Param and <= Limits.Param
            ? RequestWriter.Param(param, form)
            : throw new UsageException(
                $"-p is '{text}', which is not valid. Use a whole number from -{Limits.Param} to {Limits.Param}, or "
                    + $"{Stop} to stop."
            );
    }
}
