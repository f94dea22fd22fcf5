using System.CommandLine;
using System.CommandLine.Completions;
using Headrace.Client;
using Headrace.Commands;

namespace Headrace.Cli.Input;

/// <summary>
/// Completes the method and queue names that the server knows. The user waits for the completion, so the request times
/// out after half a second. In that case, no names are suggested.
/// </summary>
internal static class NameCompletion
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    public static Argument<string> CompletesMethods(this Argument<string> argument) =>
        argument.Completes(MethodNamesAsync);

    public static Argument<string> CompletesQueues(this Argument<string> argument) =>
        argument.Completes(QueueNamesAsync);

    public static Option<string?> CompletesQueues(this Option<string?> option)
    {
        option.CompletionSources.Add(context => Names(context, QueueNamesAsync));
        return option;
    }

    private static Argument<string> Completes(
        this Argument<string> argument,
        Func<HeadraceClient, CancellationToken, Task<IEnumerable<string>>> list
    )
    {
        // Without a help name, the help page would request all completions from the server and show them instead of the
        // name.
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(context => Names(context, list));
        return argument;
    }

    private static async Task<IEnumerable<string>> MethodNamesAsync(HeadraceClient client, CancellationToken stop) =>
        (await client.ListMethodsAsync(stop)).Select(method => method.Name);

    private static async Task<IEnumerable<string>> QueueNamesAsync(HeadraceClient client, CancellationToken stop) =>
        (await client.ListQueuesAsync(stop)).Select(queue => queue.Name);

    private static IEnumerable<CompletionItem> Names(
        CompletionContext context,
        Func<HeadraceClient, CancellationToken, Task<IEnumerable<string>>> list
    )
    {
        try
        {
            var server = context.ParseResult.GetValue(GlobalOptions.Server);
            var listing = Task.Run(() => ListAsync(server, list));
#pragma warning disable VSTHRD002 // The library requests completions synchronously, on a thread without a context.
            var names = listing.Wait(Timeout) ? listing.Result : [];
#pragma warning restore VSTHRD002
            return names
                .Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal))
                .Distinct()
                .Select(name => new CompletionItem(name));
        }
#pragma warning disable CA1031 // No names are suggested. An error message would disturb the command line.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    private static async Task<IEnumerable<string>> ListAsync(
        string? server,
        Func<HeadraceClient, CancellationToken, Task<IEnumerable<string>>> list
    )
    {
        using var stop = new CancellationTokenSource(Timeout);
        using var client = new HeadraceClient(
            new HeadraceClientOptions { Server = server, RetryTimeout = TimeSpan.Zero }
        );
        return await list(client, stop.Token);
    }
}
