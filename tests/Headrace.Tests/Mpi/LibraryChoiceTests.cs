using Headrace.Mpi;
using Headrace.Mpi.Native;
using Xunit;

namespace Headrace.Tests.Mpi;

public sealed class LibraryChoiceTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE", "4", MpiImplementation.OpenMpi)]
    [InlineData("PMIX_RANK", "0", MpiImplementation.OpenMpi)]
    [InlineData("PMI_RANK", "0", MpiImplementation.Mpich)]
    [InlineData("PMI_FD", "5", MpiImplementation.Mpich)]
    [InlineData("HEADRACE_MPI", "openmpi", MpiImplementation.OpenMpi)]
    [InlineData("HEADRACE_MPI", "mpich", MpiImplementation.Mpich)]
    public void The_library_is_that_of_the_launcher(string variable, string value, MpiImplementation expected) =>
        Assert.Equal(expected, LibraryChoice.Of(name => name == variable ? value : null));

    [Fact]
    public void The_own_variable_comes_before_those_of_the_launchers() =>
        Assert.Equal(MpiImplementation.Mpich, LibraryChoice.Of(name => name == LibraryChoice.Variable ? "mpich" : "0"));

    [Fact]
    public void Without_a_launcher_any_library_may_be_used() => Assert.Null(LibraryChoice.Of(static _ => null));

    [Fact]
    public void An_unknown_library_is_rejected_with_the_known_ones()
    {
        var rejected = Assert.Throws<MpiException>(() => LibraryChoice.Of(static _ => "intel"));

        Assert.Equal(MpiErrorClass.Library, rejected.ErrorClass);
        Assert.Contains("'intel'", rejected.Message, StringComparison.Ordinal);
        Assert.Contains("openmpi or mpich", rejected.Message, StringComparison.Ordinal);
    }
}
