"""What single steps of a run cost, as the model of its time and memory takes them; docs/performance.md says how
each was measured, and which are assumed. Computes nothing."""

from typing import NamedTuple

# CPU time of a particle-step, ns, beside what entering its first prism costs: the plain one, and what options
# add to it (scripts/benchmark_kernel.py; scripts/benchmark_options.py, whose names these are); what behaviours
# add, they say themselves
PLAIN_STEP_NS = 13.0  # RK4, 3-D, linear in time
STEP_NS = {
    "cubic in time": 12.0,
    "horizontal walk, constant": 16.0,
    "horizontal walk, viscofh": 72.0,
    "horizontal walk, smagorinsky": 51.0,
    "vertical walk, constant": 48.0,
    "vertical walk, kh": 234.0,
    "Stokes drift": 12.0,
}


class Costs(NamedTuple):
    """Of one core of a server (AMD Zen 4, 2 cores in a virtual machine). Assumed, not measured: what a network and
    a file system for many nodes give (send_ns, message_s, round_s, disk_bytes_per_s, node_bytes_per_s,
    calls_per_s)."""

    entry_ns: float = 60.0  # of a particle in an interval: to enter its first prism, all in the cache
    # the same, more, where COLD_BYTES of frames have to be fetched from memory, for it alone
    cold_entry_ns: float = 920.0
    # of a particle in an interval: sorting, sorting out who left, looking whether all is well
    rest_ns: float = 100.0
    record_ns: float = 65.0  # of a record: sampling, putting in order, by its worker
    look_ns: float = 300.0  # of a record that a statistic looks at: its answer and its account
    gather_ns: float = 15.0  # of a record: into its row, by rank 0
    deal_ns: float = 40.0  # of a record: from its worker to the owner of its stripe, CPU of all ranks
    pack_ns: float = 0.5  # of a byte of a frame: cutting it to subdomains, by a thread of rank 0
    take_frame_ns: float = 1.0  # of a byte of a frame: out of the memory of the node, by index
    locate_s: float = 1e-3  # of a frame: where it lies in its file, by rank 0, and all told and asked
    send_ns: float = 1.0  # of a byte that goes to another rank: about 10 Gbit/s, or a copy in memory
    message_s: float = 100e-6  # of a message from rank 0 to one worker
    # of a step of a tree: of a round in which particles change hands, of what all are told or tell, agree on
    round_s: float = 50e-6
    start_s: float = 1.1  # from the command to the mesh, kernels compiled before
    mpi_start_s: float = 0.7  # more, with more than one rank
    calls: float = 2900.0  # of a rank to the file system that Python and its packages lie on, to import them
    calls_per_s: float = 100e3  # that a file system shared by nodes answers
    element_ns: float = 3500.0  # of an element: reading the mesh, numbering, neighbours, gradients
    cut_ns: float = 1300.0  # of an element of a subdomain: cutting it out, by rank 0
    subdomain_s: float = 0.2e-3  # of a subdomain: the same, however small
    release_ns: float = 500.0  # of a particle: finding its place, by any rank
    read_bytes_per_s: float = 800e6  # of fields as they are in memory, from files that are not packed
    inflate_bytes_per_s: float = 500e6  # the same from deflated files, by one thread
    row_bytes_per_s: float = 400e6  # of rows or a checkpoint on their way to the disk, by one rank
    final_bytes_per_s: float = 150e6  # of rows, packed by one core
    # of a byte of rows, by the writer of a file: 8 ns a record of 54 bytes that is put in its place packed, 12 to
    # 25 that its chunks take from another rank
    put_ns: float = 0.15
    take_ns: float = 0.35
    file_s: float = 0.05  # of a file of tracks: making, closing, reading again what is in it
    disk_bytes_per_s: float = 30e9  # of all ranks together, to the file system or from it
    node_bytes_per_s: float = 5e9  # of all ranks of a node together
    interpreter_bytes: float = 195e6  # Python and its compiled packages
    mpi_bytes: float = 45e6  # more, with more than one rank
    manager_bytes: float = 130e6  # more, on rank 0: what it packs tracks in, and holes between frames
    mesh_bytes: float = 700.0  # of an element, on rank 0: the whole mesh and what it was made from
    subdomain_bytes: float = 130.0  # of an element of a subdomain: geometry, gradient, corners
    # of a particle, on its worker: itself, its record, and that with what is sampled
    particle_bytes: float = 150.0
    record_bytes: float = 80.0  # of each further record of an interval
    kept_bytes: float = 60.0  # of a particle, in a checkpoint: itself, its last status, a share of the sums


COSTS = Costs()
