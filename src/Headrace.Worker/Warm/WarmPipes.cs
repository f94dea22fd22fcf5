using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// The pipes of a warm process. Its standard input is empty, and its standard output and error are free for the user's
/// own output.
/// </summary>
internal sealed class WarmPipes : IDisposable
{
    private readonly List<Descriptor> _opened = [];

    private WarmPipes()
    {
        try
        {
            var nothing = Keep(Descriptor.OpenRead("/dev/null"));
            (Output, var output) = Keep(Descriptor.Pipe());
            (Error, var error) = Keep(Descriptor.Pipe());
            (var calls, Calls) = Keep(Descriptor.Pipe(writesWait: false));
            (Answers, var answers) = Keep(Descriptor.Pipe());
            ChildEnds = [nothing, output, error, calls, answers];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Descriptor Output { get; }

    public Descriptor Error { get; }

    /// <summary>Gets the descriptor to which frames for the process are written.</summary>
    public Descriptor Calls { get; }

    /// <summary>Gets the descriptor from which the process's frames are read.</summary>
    public Descriptor Answers { get; }

    /// <summary>Gets the descriptors of the process, numbered from 0.</summary>
    public IReadOnlyList<Descriptor> ChildEnds { get; }

    /// <summary>Opens the pipes. Throws <see cref="Core.HeadraceException"/> if that fails.</summary>
    public static WarmPipes Open() => new();

    /// <summary>
    /// Closes this process's copies of the warm process's ends of the pipes, after the warm process has been started.
    /// </summary>
    public void CloseChildEnds()
    {
        foreach (var end in ChildEnds)
            end.Dispose();
    }

    public void Dispose() => _opened.ForEach(descriptor => descriptor.Dispose());

    private Descriptor Keep(Descriptor descriptor)
    {
        _opened.Add(descriptor);
        return descriptor;
    }

    private (Descriptor Read, Descriptor Write) Keep((Descriptor Read, Descriptor Write) pipe) =>
        (Keep(pipe.Read), Keep(pipe.Write));
}
