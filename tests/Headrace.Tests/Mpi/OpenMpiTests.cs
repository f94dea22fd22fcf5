using Headrace.Mpi;
using Xunit;

namespace Headrace.Tests.Mpi;

[Trait("Needs", "Servers")]
public sealed class OpenMpiTests() : MpiConformance("mpiexec.openmpi", MpiImplementation.OpenMpi);
