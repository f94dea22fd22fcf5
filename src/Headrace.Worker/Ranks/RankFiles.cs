using System.Globalization;
using Headrace.Core;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Ranks;

/// <summary>
/// Named pipes for the output of each rank: <c>RANK.out</c> and <c>RANK.err</c>. The worker opens them first, so no
/// rank waits for the worker. They are deleted with the scratch folder that contains them.
/// </summary>
internal sealed class RankFiles : IDisposable
{
    /// <summary>The folder within the scratch folder. It is hidden from programs that list their files.</summary>
    private const string Name = ".headrace-ranks";

    /// <summary>The standard input of rank 0, if it exists.</summary>
    private const string Body = "body";

    private readonly Descriptor[] _outputs;
    private readonly Descriptor[] _errors;

    private RankFiles(string folder, int ranks)
    {
        (Folder, _outputs, _errors) = (folder, new Descriptor[ranks], new Descriptor[ranks]);
        try
        {
            for (var rank = 0; rank < ranks; rank++)
                (_outputs[rank], _errors[rank]) = (Open(rank, "out"), Open(rank, "err"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Folder { get; }

    /// <summary>Gets the descriptors from which the standard output of each rank is read.</summary>
    public IReadOnlyList<Descriptor> Outputs => _outputs;

    /// <summary>Gets the descriptors from which the standard error of each rank is read.</summary>
    public IReadOnlyList<Descriptor> Errors => _errors;

    /// <summary>Creates the pipes. Throws <see cref="HeadraceException"/> if that fails.</summary>
    public static RankFiles Create(ScratchFolder scratch, int ranks)
    {
        var folder = scratch.FileOf(Name);
        UnixMode.CreateFolder(folder, UnixMode.OwnerOnly);
        return new RankFiles(folder, ranks);
    }

    /// <summary>Sets the standard input of rank 0. If this method is not called, the input is empty.</summary>
    public void WriteBody(ReadOnlySpan<byte> body) => File.WriteAllBytes(Path.Combine(Folder, Body), body);

    public void Dispose()
    {
        foreach (var descriptor in _outputs.Concat(_errors))
            descriptor?.Dispose();
    }

    private Descriptor Open(int rank, string stream)
    {
        var path = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{rank}.{stream}"));
        return Descriptor.OpenNamedPipe(path);
    }
}
