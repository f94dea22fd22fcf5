using Headrace.Core;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Models;

/// <summary>The file of a model, and the way in which it is loaded.</summary>
/// <param name="Path">The path of the file.</param>
internal sealed record ModelFile(string Path)
{
    private static readonly OrtEnv Environment = CreateEnvironment();

    /// <summary>
    /// Gets the number of threads that one call uses. One thread is best for small models. With more threads, the calls
    /// that a worker runs in its slots would compete for the same CPU cores.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Gets the names of the outputs to return; empty for all of them.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    private string Name => System.IO.Path.GetFileName(Path);

    /// <summary>
    /// Loads the model. Throws <see cref="HeadraceException"/> if the file is not a model that this version of ONNX
    /// Runtime can run.
    /// </summary>
    public InferenceSession Load()
    {
        if (!File.Exists(Path))
            throw new HeadraceException($"The model {Path} does not exist.");
        _ = Environment;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // An idle session must not use CPU time.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(Path, options);
        }
        catch (OnnxRuntimeException refused)
        {
            throw new HeadraceException(
                $"{Name} cannot be loaded: {ReasonOf(refused).Replace(Path, Name, StringComparison.Ordinal)}"
            );
        }
    }

    /// <summary>Returns the message of an error on one line, without the error number.</summary>
    public static string ReasonOf(OnnxRuntimeException error)
    {
        var message = error.Message.ReplaceLineEndings(" ").Trim();
        var start = message.StartsWith("[ErrorCode:", StringComparison.Ordinal)
            ? message.IndexOf(']', StringComparison.Ordinal) + 1
            : 0;
        return message[start..].Trim();
    }

    /// <summary>
    /// Creates the library's environment. Its messages are disabled, because they would appear in job logs. Errors are
    /// still reported as exceptions.
    /// </summary>
    private static OrtEnv CreateEnvironment()
    {
        var options = new EnvironmentCreationOptions
        {
            logId = "headrace",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }
}
