using Headrace.Core;
using Headrace.Mpi;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Mpi;

/// <summary>A delegate that ranks call, bound to the params of jobs.</summary>
internal sealed class RankDelegate
{
    private readonly BoundDelegate _delegate;
    private readonly ResultReader.Reader _read;

    public RankDelegate(MethodRef name, Delegate work)
    {
        Name = name;
        _delegate = new BoundDelegate(name, work, typeof(ICommunicator));
        _read = ResultReader.For(work.Method.ReturnType);
        RunsTogether = work.Method.GetParameters().Any(parameter => parameter.ParameterType == typeof(ICommunicator));
    }

    public MethodRef Name { get; }

    public string Schema => _delegate.Schema.Text;

    /// <summary>
    /// Gets a value indicating whether all ranks run each job together, which is the case if the delegate has a
    /// parameter for their communicator.
    /// </summary>
    public bool RunsTogether { get; }

    /// <summary>Calls the delegate and waits for its result. Throws any exception that the delegate throws.</summary>
    public MethodResult Call(JobExecution job, ICommunicator? ranks)
    {
        var result = _read(_delegate.Call(job, ranks));
        // Blocking is safe here, because the thread belongs to the rank and nothing else runs on it.
#pragma warning disable VSTHRD002
        return result.IsCompleted ? result.Result : result.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
