using Xunit;

namespace Headrace.Tests.Mpi;

[Trait("Needs", "Servers")]
public sealed class OpenMpiRankTests() : RankConformance("mpiexec.openmpi");
