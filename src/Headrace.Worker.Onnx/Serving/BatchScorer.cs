using Headrace.Worker.Onnx.Models;
using Headrace.Worker.Onnx.Rows;
using Headrace.Worker.Warm;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Serving;

/// <summary>
/// Runs the jobs of a call. Each run of the model processes the rows of several jobs. An error affects only the jobs
/// that cause it.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="runSize">The number of rows in a run.</param>
/// <param name="send">Receives the frame that ends a job.</param>
internal sealed class BatchScorer(LoadedModel model, int runSize, Action<WarmFrame> send)
{
    private readonly List<uint> _rows = [];

    public void Run(IReadOnlyList<WarmJob> jobs)
    {
        foreach (var job in jobs)
        {
            try
            {
                model.Read(job.Params, _rows.Count);
            }
            catch (InvalidRowException invalid)
            {
                send(new WarmFrame.Error(job.Id, WarmErrorKind.Reject, invalid.Message));
                continue;
            }
            _rows.Add(job.Id);
            if (_rows.Count == runSize)
                RunRows();
        }
        RunRows();
    }

    private void RunRows()
    {
        if (_rows.Count > 0 && !TryRun(0, _rows.Count))
            // A single row can make the whole run fail, so each row now gets a separate run.
            for (var row = 0; row < _rows.Count; row++)
                TryRun(row, 1);
        _rows.Clear();
    }

    /// <summary>Runs the model over rows and ends their jobs. Returns false if several rows failed together.</summary>
    private bool TryRun(int first, int count)
    {
        try
        {
            model.Run(first, count);
        }
        catch (Exception failed) when (failed is OnnxRuntimeException or InvalidOutputException)
        {
            if (count > 1)
                return false;
            var reason = failed is OnnxRuntimeException error ? ModelFile.ReasonOf(error) : failed.Message;
            Fail(first, "ModelError", reason);
            return true;
        }
        for (var row = first; row < first + count; row++)
            EndWithResult(row);
        return true;
    }

    private void EndWithResult(int row)
    {
        try
        {
            send(new WarmFrame.Result(_rows[row], "", model.ResultOf(row)));
        }
        catch (InvalidOutputException invalid)
        {
            Fail(row, "InvalidResult", invalid.Message);
        }
    }

    /// <summary>Fails a job without a retry, because the model would return the same result for the same row.</summary>
    private void Fail(int row, string type, string message) =>
        send(new WarmFrame.Error(_rows[row], WarmErrorKind.Fail, message, type));
}
