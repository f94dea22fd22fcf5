using System.Globalization;
using Headrace.Core;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Onnx.Serving;

/// <summary>
/// The process that runs the jobs of a model. It communicates with the worker that started it through the protocol for
/// warm processes (docs/warm-protocol.md).
/// </summary>
internal sealed class ServeLoop(WarmChannel channel)
{
    /// <summary>A worker sends only data that it has received, so its frames need no separate limit.</summary>
    private const int MaxFrame = int.MaxValue;

    private BatchScorer? _scorer;

    /// <summary>
    /// Opens the pipes to the worker. Throws <see cref="HeadraceException"/> if no worker started this process.
    /// </summary>
    public static WarmChannel OpenChannel()
    {
        var numbers = Environment.GetEnvironmentVariable(WarmProcess.Variable)?.Split(',');
        return
            numbers is [var calls, var answers]
            && int.TryParse(calls, NumberStyles.None, CultureInfo.InvariantCulture, out var read)
            && int.TryParse(answers, NumberStyles.None, CultureInfo.InvariantCulture, out var write)
            ? new WarmChannel(new Descriptor(write), new Descriptor(read), MaxFrame)
            : throw new HeadraceException(
                $"{WarmProcess.Variable} is not set. Workers start this command; use headrace methods install to "
                    + "make a model available to them."
            );
    }

    /// <summary>Runs calls until the worker ends the process.</summary>
    public void Run(LoadedModel model)
    {
        while (channel.TryTake(out var frame) || channel.Receive())
            switch (frame)
            {
                case WarmFrame.Hello hello:
                    Prepare(model, hello);
                    channel.Send(new WarmFrame.Ready(WarmCodec.Version));
                    break;
                case WarmFrame.CallJobs call:
                    _scorer!.Run(call.Jobs);
                    channel.Flush();
                    break;
                case WarmFrame.Stop:
                    return;
                // A run of the model cannot be interrupted, so cancel requests have no effect. If a run takes longer
                // than the grace period of the method, the worker kills this process.
                default:
                    break;
            }
    }

    private void Prepare(LoadedModel model, WarmFrame.Hello hello)
    {
        if (hello.Version != WarmCodec.Version)
            throw new HeadraceException(
                $"The worker uses version {hello.Version} of the protocol; this program uses {WarmCodec.Version}. "
                    + "Install the same version of both."
            );
        var rows = model.Signature.TakesBatches
            ? RunSize.Choose(RunSize.Measure(model.WarmUp, (int)hello.MaxBatch, TimeProvider.System))
            : 1;
        _scorer = new BatchScorer(model, rows, channel.Enqueue);
    }
}
