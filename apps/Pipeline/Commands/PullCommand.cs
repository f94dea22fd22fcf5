using System.CommandLine;
using System.Globalization;
using System.Text;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary><c>headrace pull</c>: prints the next response of the method server.</summary>
internal static class PullCommand
{
    /// <summary>The longest wait of one request to the server.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private static readonly Option<double?> Timeout = Options.Number(
        "--timeout",
        "How many seconds to wait for a response; then exits with 124. [default: without limit]"
    );
    private static readonly Option<string?> From = new("--from")
    {
        Description = "The queue or Redis list. [default: output]",
        HelpName = "NAME",
    };

    static PullCommand() => Timeout.Aliases.Add("-t");

    public static Command Create()
    {
        var cliCommand = new CliCommand("pull", "Print the next response of the method server, and remove it.")
        {
            Examples =
            [
                ("headrace pull", "Waits for a response, and prints it: the parameter and the value."),
                ("headrace pull -t 2 --redis 127.0.0.1:6379", "Reads the Redis list output, and waits at most 2 s."),
            ],
        };
        cliCommand.Add(Timeout);
        cliCommand.Add(From);
        PortOptions.AddTo(cliCommand);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var seconds = context.Value(Timeout);
        if (seconds is not (null or (>= 0 and <= 1e6)))
            throw new UsageException($"-t is {seconds}. Use a number of seconds from 0 to 1000000.");
        TimeSpan? timeout = seconds is { } limit ? TimeSpan.FromSeconds(limit) : null;
        var queue = context.Value(From) ?? PortOptions.Output;
        var isPulled = PortOptions.RedisOf(context) is { } redis
            ? await PullAsync(context, redis, queue, timeout, cancellationToken)
            : await PullAsync(context, queue, timeout, cancellationToken);
        if (isPulled)
            return ExitCode.Done;
        context.Terminal.WriteError(
            string.Create(CultureInfo.InvariantCulture, $"No response arrived in '{queue}' within {seconds} s.")
        );
        return ExitCode.TimedOut;
    }

    private static async Task<bool> PullAsync(
        CommandContext context,
        RedisAddress redis,
        string list,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await RedisList.ConnectAsync(redis, list, cancellationToken);
        if (await connection.PopAsync(timeout, cancellationToken) is not { } message)
            return false;
        context.Terminal.WriteLine(Encoding.UTF8.GetString(message));
        return true;
    }

    private static async Task<bool> PullAsync(
        CommandContext context,
        string queue,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        using var client = context.Connect();
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = timeout - TimeProvider.System.GetElapsedTime(began) ?? MaxWait;
            // The server waits for whole seconds, so the last wait may be up to a second longer.
            var wait = TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp(left.TotalSeconds, 0, MaxWait.TotalSeconds)));
            var pulled = await client.Messages.PullAsync(queue, wait: wait, cancellationToken: cancellationToken);
            if (pulled.Messages is [var message])
            {
                context.Terminal.WriteLine(Encoding.UTF8.GetString(HeadracePort.ContentOf(message)));
                await client.Messages.AcknowledgeAsync(queue, [message.Token], cancellationToken);
                return true;
            }
            if (timeout is not null && left <= wait)
                return false;
        }
    }
}
