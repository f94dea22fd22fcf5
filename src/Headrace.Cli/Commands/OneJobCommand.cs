using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Cli.Commands;

/// <summary>
/// Creates the commands that read information about one job, such as <c>headrace jobs show ID</c>. Each of them takes
/// the id of the job, requests the information from the server, and prints it.
/// </summary>
internal static class OneJobCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The id of the job." };

    /// <summary>One invocation of such a command.</summary>
    internal readonly record struct Invocation(
        CommandContext Context,
        HeadraceClient Client,
        string Id,
        CancellationToken Stop
    );

    /// <summary>
    /// Creates a command that prints the information: as JSON with <c>--json</c>, or as text without it.
    /// </summary>
    public static CliCommand Create<T>(
        string name,
        string description,
        (string Line, string Effect) example,
        Func<Invocation, Task<T>> read,
        JsonTypeInfo<T> type,
        Func<Invocation, T, Task> writeText
    ) =>
        Create(
            name,
            description,
            example,
            async call =>
            {
                var value = await read(call);
                if (call.Context.Json)
                    call.Context.Terminal.WriteLine(Format.Json(value, type));
                else
                    await writeText(call, value);
                return ExitCode.Done;
            }
        );

    /// <summary>Creates a command with additional options whose output has no separate JSON form.</summary>
    public static CliCommand Create(
        string name,
        string description,
        (string Line, string Effect) example,
        Func<Invocation, Task<int>> run,
        params ReadOnlySpan<Option> options
    )
    {
        var cliCommand = new CliCommand(name, description) { Examples = [example] };
        cliCommand.Add(Id);
        foreach (var option in options)
            cliCommand.Add(option);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                return await run(new Invocation(context, client, context.Value(Id), cancellationToken));
            }
        );
        return cliCommand;
    }
}
