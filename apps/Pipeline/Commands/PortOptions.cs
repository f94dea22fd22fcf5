using System.CommandLine;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Apps.Pipeline.Runs;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary>The options that select the queues of messages.</summary>
internal static class PortOptions
{
    /// <summary>The queue that the pipeline listens on.</summary>
    public const string Pipeline = "pipeline";

    /// <summary>The queues of the method server.</summary>
    public const string Input = "input";
    public const string Output = "output";

    public static readonly Option<string?> Redis = new("--redis")
    {
        Description =
            "Use the lists of this Redis for messages, in the form of the seed. [default: queues of the Headrace "
            + "server]",
        HelpName = "HOST:PORT",
    };
    public static readonly Option<string?> PasswordFile = new("--redis-password-file")
    {
        Description = "The file with the password of Redis.",
        HelpName = "FILE",
    };

    public static void AddTo(CliCommand command)
    {
        command.Add(Redis);
        command.Add(PasswordFile);
    }

    /// <summary>Returns the Redis that the command uses; null for the queues of the Headrace server.</summary>
    public static RedisAddress? RedisOf(CommandContext context)
    {
        var file = context.Value(PasswordFile);
        if (context.Value(Redis) is { } address)
            return RedisAddress.Parse(address, file);
        return file is null
            ? null
            : throw new UsageException("--redis-password-file needs --redis HOST:PORT.");
    }

    /// <summary>
    /// Connects a program to the server. While the queue of its jobs is full, it waits, and so do the messages.
    /// </summary>
    public static HeadraceClient Connect(CommandContext context) =>
        context.Connect(new HeadraceClientOptions { QueueFullTimeout = TimeSpan.FromDays(1) });

    /// <summary>Connects a program to its queues.</summary>
    /// <param name="context">The command.</param>
    /// <param name="client">The server.</param>
    /// <param name="run">The run of the program.</param>
    /// <param name="to">The queue that the program puts messages into; it takes those of the queue of the run.</param>
    /// <param name="cancellationToken">Cancels the connection.</param>
    public static async Task<IMessagePort> ConnectAsync(
        CommandContext context,
        HeadraceClient client,
        PipelineRun run,
        string to,
        CancellationToken cancellationToken
    )
    {
        if (RedisOf(context) is not { } redis)
            return new HeadracePort(client, run.Name, to);
        var port = await RedisPort.ConnectAsync(redis, run.Id, run.Name, to, cancellationToken);
        foreach (var warning in port.Warnings)
            context.WriteNote(warning);
        return port;
    }

    /// <exception cref="UsageException">The text cannot be the name of a queue of a run.</exception>
    public static string NameOf(string text) =>
        text.Length <= MaxName && QueueName.TryParse(text, out _)
            ? text
            : throw new UsageException(
                $"--name is '{text}', which is not valid. Use 1 to {MaxName} characters from a-z, 0-9, '.', '_' and "
                    + "'-', starting with a letter or digit."
            );

    /// <summary>A queue name has 64 characters, of which the queues of a run need some.</summary>
    private const int MaxName = 56;
}
