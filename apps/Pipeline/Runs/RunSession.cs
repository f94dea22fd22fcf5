using Headrace.Apps.Pipeline.Messages;
using Headrace.Client;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Works on a run from its opening to its end: what <c>headrace pipeline</c> and <c>headrace pipeline server</c> have
/// in common.
/// </summary>
/// <param name="command">The command.</param>
/// <param name="client">The server.</param>
/// <param name="connectAsync">Connects the queues of messages of a run.</param>
internal sealed class RunSession(
    CommandContext command,
    HeadraceClient client,
    Func<PipelineRun, CancellationToken, Task<IMessagePort>> connectAsync
)
{
    /// <summary>How long a program that ends may take to leave its run.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(3);

    /// <summary>What the command says when it is interrupted.</summary>
    public required string Interrupted { get; init; }

    /// <summary>Whether a run that is continued has the options of this command instead of its own.</summary>
    public bool OptionsMayChange { get; init; }

    /// <summary>Opens a run, and closes it when its work is done. Returns the exit code.</summary>
    /// <param name="name">The name of the pipeline.</param>
    /// <param name="options">The options of a run that begins.</param>
    /// <param name="workAsync">Does all the work of the run, and returns the exit code.</param>
    /// <param name="cancellationToken">Interrupts the work. The run goes on at the next start.</param>
    public async Task<int> RunAsync(
        string name,
        RunOptions options,
        Func<RunContext, CancellationToken, Task<int>> workAsync,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var store = new RunStore(command, client);
            var run = await store.OpenAsync(name, options, cancellationToken);
            if (OptionsMayChange)
                run = run with { Options = options };
            return await WorkAsync(store, run, workAsync, cancellationToken);
        }
        catch (RunUnavailableException reason)
        {
            command.Terminal.WriteError(reason);
            return ExitCode.Refused;
        }
        finally
        {
            command.NoteRetries(client);
        }
    }

    private async Task<int> WorkAsync(
        RunStore store,
        PipelineRun run,
        Func<RunContext, CancellationToken, Task<int>> workAsync,
        CancellationToken cancellationToken
    )
    {
        await using var hold = RunHold.Start(store, run);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, hold.Lost);
        var (isClosed, context) = (false, (RunContext?)null);
        try
        {
            await using var port = await connectAsync(run, until.Token);
            context = new RunContext(command, client, port, run, hold);
            var code = await workAsync(context, until.Token);
            await hold.StopAsync();
            await store.CloseAsync(run, cancellationToken);
            isClosed = true;
            return code;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            command.WriteNote(Interrupted);
            throw;
        }
        catch (OperationCanceledException) when (hold.Lost.IsCancellationRequested)
        {
            throw RunUnavailableException.Lost(run);
        }
        finally
        {
            // A run without work is not left behind. Its first job may have been rejected, for example because its
            // method is unknown, and another start would fail again.
            if (!isClosed)
                await EndAsync(run.IsResumed || context?.HasWork == true ? store.LeaveAsync : store.CloseAsync, run);
        }
    }

    /// <summary>
    /// Tries to tell the next program that this one has ended. If that fails, the next one has to ask.
    /// </summary>
    private static async Task EndAsync(Func<PipelineRun, CancellationToken, Task> end, PipelineRun run)
    {
        using var late = new CancellationTokenSource(LeaveTimeout);
        try
        {
            await end(run, late.Token);
        }
        catch (Exception failure) when (failure is Core.HeadraceException or OperationCanceledException)
        {
            // The failure that ended the program is reported.
        }
    }
}
