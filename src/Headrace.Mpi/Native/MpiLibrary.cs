using System.Reflection;
using System.Runtime.InteropServices;
using Headrace.Mpi.Abi;

namespace Headrace.Mpi.Native;

/// <summary>Loads the library of an implementation. A process loads at most one.</summary>
internal static class MpiLibrary
{
    // The library of this process; 0 before Load. Written once, by the thread that initializes MPI.
    private static nint _handle;

    /// <summary>Loads the library and returns its binary interface.</summary>
    /// <exception cref="MpiException">The library is not installed, or is not the one that its name
    /// suggests.</exception>
    public static MpiAbi Load(MpiImplementation? implementation)
    {
        var loaded = implementation is { } chosen
            ? TryLoad(chosen)
            : TryLoad(MpiImplementation.OpenMpi) ?? TryLoad(MpiImplementation.Mpich);
        if (loaded is not { } library)
            throw new MpiException(MpiErrorClass.Library, Missing(implementation));
        _handle = library.Handle;
        NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, Resolve);
        return library.Abi;
    }

    private static (nint Handle, MpiAbi Abi)? TryLoad(MpiImplementation implementation)
    {
        foreach (var name in NamesOf(implementation))
        {
            // The plain loader is sufficient: neither library needs its symbols to be visible to others.
            if (!NativeLibrary.TryLoad(name, out var handle))
                continue;
            var isOpenMpi = NativeLibrary.TryGetExport(handle, OpenMpiAbi.Mark, out _);
            if (isOpenMpi == (implementation == MpiImplementation.OpenMpi))
                return (handle, isOpenMpi ? OpenMpiAbi.Of(handle) : MpichAbi.Table);
            NativeLibrary.Free(handle);
        }
        return null;
    }

    private static string[] NamesOf(MpiImplementation implementation) =>
        implementation == MpiImplementation.OpenMpi ? ["libmpi.so.40"] : ["libmpich.so.12", "libmpi.so.12"];

    private static string Missing(MpiImplementation? implementation) =>
        implementation switch
        {
            MpiImplementation.OpenMpi =>
                "The Open MPI library (libmpi.so.40) cannot be loaded. Install the Debian package openmpi-bin.",
            MpiImplementation.Mpich =>
                "The MPICH library (libmpich.so.12) cannot be loaded. Install the Debian package mpich.",
            _ => "No MPI library can be loaded. Install the Debian package openmpi-bin or mpich.",
        };

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == NativeMpi.Name ? _handle : 0;
}
