using Headrace.Mpi;
using Xunit;

namespace Headrace.Tests.Mpi;

[Trait("Needs", "Servers")]
public sealed class MpichTests() : MpiConformance("mpiexec.mpich", MpiImplementation.Mpich);
